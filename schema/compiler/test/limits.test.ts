import { expect, it } from "vitest";
import { compile } from "../src/compile.ts";
import { importsOf } from "../src/imports.ts";
import {
  diagnosticsMax,
  fieldsMax,
  fileCharactersMax,
  filesMax,
  nestingMax,
} from "../src/limits.ts";

function rulesOf(text: string): readonly string[] {
  const { diagnostics } = compile([{ path: "a.proto", text }], { inputs: ["a.proto"] });
  return [...new Set(diagnostics.map(({ rule }) => rule))];
}

function nested(depth: number): string {
  const open = Array.from({ length: depth }, (_, index) => `message A${index} {`).join("");
  return `syntax = "proto3"; ${open}${"}".repeat(depth)}`;
}

it("refuses a file that is too long, without reading it", () => {
  expect(rulesOf(" ".repeat(fileCharactersMax + 1))).toEqual(["file-limit"]);
});

it("refuses more files than it may have", () => {
  const files = Array.from({ length: filesMax + 1 }, (_, index) => ({
    path: `f${index}.proto`,
    text: 'syntax = "proto3";',
  }));
  const { diagnostics } = compile(files, { inputs: ["f0.proto"] });
  expect(diagnostics).toMatchObject([{ rule: "files-limit", file: `f${filesMax}.proto` }]);
});

it("refuses more fields than it may have", () => {
  const size = 1_000;
  const fields = Array.from({ length: size }, (_, index) => `int32 f${index} = ${index + 1};`).join(
    "",
  );
  const messages = Array.from(
    { length: fieldsMax / size + 1 },
    (_, index) => `message M${index} {${fields}}`,
  );
  expect(rulesOf(`syntax = "proto3"; ${messages.join("\n")}`)).toEqual(["fields-limit"]);
});

it("takes as many levels as it may and refuses one more, in messages and in literals", () => {
  expect(rulesOf(nested(nestingMax))).toEqual([]);
  expect(rulesOf(nested(nestingMax + 1))).toEqual(["nesting-limit"]);
  expect(rulesOf(nested(100_000))).toEqual(["nesting-limit"]);
  expect(rulesOf(`option (a) = ${"{a:".repeat(100_000)}`)).toContain("nesting-limit");
  expect(rulesOf(`option (a) = {a: ${"[".repeat(100_000)}`)).toContain("nesting-limit");
});

it("stops counting problems at a bound", () => {
  const text = `syntax = "proto3"; message A { ${"Missing a = 1;".repeat(5_000)} }`;
  const { diagnostics } = compile([{ path: "a.proto", text }], { inputs: ["a.proto"] });
  expect(diagnostics.length).toBeLessThanOrEqual(diagnosticsMax);
});

it("names imports with their places for the loader", () => {
  const text = 'syntax = "proto3";\nimport public "a/b.proto";\nimport "c.proto";\nmessage {';
  expect(importsOf({ path: "x.proto", text })).toEqual([
    { path: "a/b.proto", position: { line: 2, column: 15 } },
    { path: "c.proto", position: { line: 3, column: 8 } },
  ]);
});

it("says where an import leads back to its file", () => {
  const files = [
    { path: "a.proto", text: 'syntax = "proto3"; import "b.proto";' },
    { path: "b.proto", text: 'syntax = "proto3"; import "a.proto";' },
  ];
  const { diagnostics } = compile(files, { inputs: ["a.proto"] });
  expect(diagnostics).toMatchObject([
    { rule: "import-cycle", file: "b.proto", position: { line: 1, column: 27 } },
  ]);
});

it("says that an input is not there", () => {
  expect(compile([], { inputs: ["gone.proto"] }).diagnostics).toMatchObject([
    { rule: "input-not-found" },
  ]);
});
