import { expect, it } from "vitest";
import { tokenize } from "./lexer.ts";
import { createReport } from "./report.ts";

function lex(text: string): {
  readonly tokens: readonly string[];
  readonly faults: readonly string[];
} {
  const report = createReport();
  const tokens = tokenize({ path: "a.proto", text }, report);
  return {
    tokens: tokens.map(
      ({ kind, text: word, position }) => `${position.line}:${position.column} ${kind} ${word}`,
    ),
    faults: report.diagnostics.map(
      ({ position, rule }) => `${position.line}:${position.column} ${rule}`,
    ),
  };
}

it("counts lines and columns from one, a tab as one column", () => {
  expect(lex("a\n\tb c").tokens).toEqual([
    "1:1 identifier a",
    "2:2 identifier b",
    "2:4 identifier c",
    "2:5 end ",
  ]);
});

it("passes over a byte order mark", () => {
  expect(lex("\ufeffa").tokens).toEqual(["1:1 identifier a", "1:2 end "]);
});

it.each([
  ["0", "integer"],
  ["0777", "integer"],
  ["0xfF", "integer"],
  ["18446744073709551615", "integer"],
  ["1.5", "float"],
  [".5", "float"],
  ["1.", "float"],
  ["1e10", "float"],
  ["1.5E-3", "float"],
  ["2f", "float"],
])("reads the number %s", (text, kind) => {
  expect(lex(text)).toEqual({
    tokens: [`1:1 ${kind} ${text}`, `1:${text.length + 1} end `],
    faults: [],
  });
});

it.each(["1a", "0x", "08", "1.2.3", "1e", "0xg"])("refuses the number %s once", (text) => {
  expect(lex(text).faults).toEqual(["1:1 invalid-number"]);
});

it("keeps a hexadecimal number that ends in e apart from a sign", () => {
  expect(lex("0xe-1").tokens.slice(0, 3)).toEqual([
    "1:1 integer 0xe",
    "1:4 symbol -",
    "1:5 integer 1",
  ]);
});

it("goes on behind what is no token", () => {
  const { tokens, faults } = lex("a \u0000 é b");
  expect(tokens).toEqual(["1:1 identifier a", "1:7 identifier b", "1:8 end "]);
  expect(faults).toEqual(["1:3 invalid-character", "1:5 invalid-character"]);
});

it("ends an open string with its line", () => {
  const { tokens, faults } = lex('"abc\nd');
  expect(tokens).toEqual(['1:1 string "abc', "2:1 identifier d", "2:2 end "]);
  expect(faults).toEqual(["1:1 unterminated-string"]);
});
