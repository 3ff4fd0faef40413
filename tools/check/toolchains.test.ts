import { expect, it } from "vitest";
import { isAtLeast } from "./toolchains.ts";

it.each([
  ["3.11.7", "3.11", true],
  ["3.9.2", "3.11", false],
  ["4", "3.11", true],
  ["3.11", "3.11.1", false],
  ["24.21.0", "24.21", true],
])("version %s satisfies %s: %s", (version, minimum, answer) => {
  expect(isAtLeast(version, minimum)).toBe(answer);
});
