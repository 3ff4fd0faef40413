import { expect, it } from "vitest";
import { atLeast, atMost, none } from "./claim.ts";

it("a claim holds up to its bound and not beyond, and never without a figure", () => {
  expect(atMost("memory", 10, 10, "KiB")).toEqual({
    claim: "memory: at most 10 KiB",
    measured: "10 KiB",
    holds: true,
  });
  expect(atMost("memory", 10.01, 10).holds).toBe(false);
  expect(atMost("memory", Number.NaN, 10).holds).toBe(false);
  expect(atLeast("rate", 9.999, 10).holds).toBe(false);
  expect(atLeast("rate", Number.NaN, 10).holds).toBe(false);
  expect(atLeast("rate", 10, 10).holds).toBe(true);
  expect([none("lost", 0).holds, none("lost", 1).holds]).toEqual([true, false]);
});
