import { describe, expect, test } from "vitest";
import { bytesLiteral, commentText, docLines, docstring, stringLiteral } from "./text.ts";

const docs = (...leading: string[]) => ({ leading, trailing: [], detached: [] });

describe("documentation", () => {
  test("cannot end its docstring", () => {
    expect(docstring(docLines(docs('""" + evil() + """')))).toEqual([
      '"""\\"\\"\\" + evil() + \\"\\"\\" """',
    ]);
    expect(docstring(docLines(docs('says "hi"')))).toEqual(['"""says "hi" """']);
    expect(docstring(docLines(docs("ends in \\")))).toEqual(['"""ends in \\\\"""']);
  });

  test("is split at every line end that Python or a person may see", () => {
    expect(docLines(docs("a\rb\u2028c\u0085d\u000be\u000cf"))).toEqual([
      "a",
      "b",
      "c",
      "d",
      "e",
      "f",
    ]);
  });

  test("loses control characters and those that turn the direction of text", () => {
    expect(docLines(docs("a\u0000b\u202ec\u2066d\u001b[31m"))).toEqual(["abcd[31m"]);
  });

  test("keeps the indentation of its lines against each other", () => {
    expect(docstring(["Title.", "", "  one", "    two"])).toEqual([
      '"""Title.',
      "",
      "one",
      "  two",
      '"""',
    ]);
  });
});

test("literals hold whatever bytes they were given", () => {
  expect(stringLiteral('a"\\\n\u2028\u{1f600}')).toBe('"a\\"\\\\\\x0a\\u2028\\U0001f600"');
  expect(bytesLiteral([10, 255])).toBe('b"\\x0a\\xff"');
});

test("a path in a comment stays on its line", () => {
  expect(commentText("a\nimport os\u2028b")).toBe("a import os b");
});
