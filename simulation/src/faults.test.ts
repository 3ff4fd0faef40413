import { describe, expect, it } from "vitest";
import { faults } from "./faults.ts";
import { type Outcome, simulate } from "./simulate.ts";

/** Some faults need a world in which their moment comes. */
const SEEDS_MAX = 80;
const FIND_MS = 60_000;

describe("a planted fault is found:", () => {
  it.each(faults.map((fault) => [fault.name, fault] as const))(
    "%s",
    async (_name, fault) => {
      let found: Outcome | undefined;
      for (let seed = 1; seed <= SEEDS_MAX && found === undefined; seed++) {
        const outcome = await simulate(seed, fault);
        if (outcome.violations.length > 0) found = outcome;
      }
      expect(found, `no world of ${SEEDS_MAX} shows it`).toBeDefined();
    },
    FIND_MS,
  );

  it("again by replaying its seed, at the same step", async () => {
    const fault = faults.find(({ name }) => name === "event lost");
    const first = await simulate(1, fault);
    expect(first.violations.length).toBeGreaterThan(0);
    expect(await simulate(1, fault)).toEqual(first);
  });
});
