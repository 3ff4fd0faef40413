import { describe, expect, test } from "vitest";
import { harmless } from "./output.ts";

describe("text from a peer", () => {
  test("moves no terminal", () => {
    expect(harmless("\u001b[2Jgone\u0007\r\u009b1A\u007f")).toBe(
      "\\u001b[2Jgone\\u0007\\u000d\\u009b1A\\u007f",
    );
  });

  test("keeps its lines, tabs and letters", () => {
    const text = "größe\t1\n\u{1f469}\u200d\u{1f680}";
    expect(harmless(text)).toBe(text);
  });

  test("is the same JSON as before", () => {
    const value = { "\u0080": "\u001b\u009f\u007f" };
    expect(JSON.parse(harmless(JSON.stringify(value)))).toEqual(value);
  });
});
