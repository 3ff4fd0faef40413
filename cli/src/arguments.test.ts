import { describe, expect, it } from "vitest";
import { parseCount, parseDurationMs, parseList, parsePair } from "./arguments.ts";

describe("option values", () => {
  it.each([
    ["500ms", 500],
    ["2s", 2_000],
    ["1.5s", 1_500],
    ["1m", 60_000],
    ["1h", 3_600_000],
    ["250", 250],
  ])("reads the time %s", (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each(["", "0", "-1s", "1d", "s", "1 s", "1e3", "Infinity"])("refuses the time %j", (text) => {
    expect(() => parseDurationMs(text)).toThrow("such as 500ms");
  });

  it("reads lists, pairs and counts, and refuses what is none", () => {
    expect(parseList("a, b,a", ["c"])).toEqual(["c", "a", "b"]);
    expect(() => parseList(",")).toThrow("at least one");
    expect(parsePair("k=v=w", [["a", "b"]])).toEqual([
      ["a", "b"],
      ["k", "v=w"],
    ]);
    expect(() => parsePair("=v")).toThrow("key=value");
    expect(parseCount("3")).toBe(3);
    for (const text of ["0", "-1", "1.5", "x", ""]) expect(() => parseCount(text)).toThrow("whole");
  });
});
