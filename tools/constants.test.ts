import { describe, expect, it } from "vitest";
import { type Constants, constantProblems, loadConstants, renderConstants } from "./constants.ts";

describe("the constants of every language", () => {
  it("are rendered from today's tables", () => {
    expect(renderConstants({ check: true })).toEqual([]);
  });

  it("are refused where a table contradicts itself", () => {
    const good = loadConstants();
    const [code, reason, limit] = [good.codes[0], good.reasons[1], good.limits[0]];
    if (code === undefined || reason === undefined || limit === undefined)
      throw new Error("the tables are empty");
    const problems = (change: Partial<Constants>) => constantProblems({ ...good, ...change });
    expect(problems({})).toEqual([]);
    expect(problems({ codes: [code, code] })).toEqual([
      "codes: OK stands twice",
      "codes: 0 stands twice",
    ]);
    expect(problems({ reasons: [reason] })[0]).toContain("its place in the list, 1");
    expect(problems({ limits: [{ ...limit, default: limit.maximum + 1 }] })[0]).toContain(
      limit.name,
    );
  });
});
