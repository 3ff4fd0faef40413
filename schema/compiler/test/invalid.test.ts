/** Every file of `schema/fixtures/invalid` is refused at the place and by the rule that its first line names. */
import { describe, expect, it } from "vitest";
import { compile } from "../src/compile.ts";
import { invalidFixtures } from "./fixtures.ts";

const fixtures = invalidFixtures();

describe("invalid schemas", () => {
  it("has a corpus", () => expect(fixtures.length).toBeGreaterThanOrEqual(140));

  it.each(fixtures.map((file) => [file.path, file] as const))("refuses %s", (path, file) => {
    const expected = /^\/\/ expect: (\d+:\d+ [a-z0-9-]+)\n/.exec(file.text)?.[1];
    const { model, diagnostics } = compile([file], { inputs: [path] });
    expect(model).toBeUndefined();
    const [first] = diagnostics.filter(({ severity }) => severity === "error");
    expect(first?.file).toBe(path);
    expect(`${first?.position.line}:${first?.position.column} ${first?.rule}`).toBe(expected);
    expect(first?.message).not.toBe("");
  });

  it("reports several faults of one file in one run", () => {
    const text = [
      'syntax = "proto3";',
      "message A {",
      "  Missing a = 1;",
      "  string b = 2",
      "  string c = 3;",
      "  string d = 0;",
      "}",
      "enum E { ONE = 1; }",
    ].join("\n");
    const { diagnostics } = compile([{ path: "a.proto", text }], { inputs: ["a.proto"] });
    expect(diagnostics.map(({ position, rule }) => `${position.line} ${rule}`)).toEqual([
      "3 unknown-type",
      "5 syntax",
      "6 number-range",
    ]);
  });
});
