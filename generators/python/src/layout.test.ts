import { expect, test } from "vitest";
import { call, tuple, union } from "./layout.ts";

const long = (count: number) =>
  Array.from({ length: count }, (_, index) => `argument_number_${index}`);

test("a call stays on its line while it fits into 100 columns", () => {
  const fits = `f(${"a".repeat(93)})`;
  expect(call(4, "f", ["a".repeat(93)])).toBe(fits);
  expect(call(4, "f", ["a".repeat(94)])).toBe(`f(\n        ${"a".repeat(94)},\n    )`);
  expect(call(0, "a, b = f", long(5))).toBe(`a, b = f(\n    ${long(5).join(", ")}\n)`);
  expect(call(0, "f", long(6), " -> None:")).toBe(
    `f(\n${long(6)
      .map((name) => `    ${name},\n`)
      .join("")}) -> None:`,
  );
});

test("a union breaks before its bars", () => {
  expect(union(4, "A", ["B", "C"])).toBe("A = B | C");
  expect(union(4, "A", long(7)).split("\n").slice(0, 3)).toEqual([
    "A = (",
    "        argument_number_0",
    "        | argument_number_1",
  ]);
});

test("a tuple of one keeps its comma", () => {
  expect(tuple(4, "errors=", ["A"])).toBe("errors=(A,)");
  expect(tuple(4, "errors=", ["A", "B"])).toBe("errors=(A, B)");
});
