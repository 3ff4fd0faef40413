import { describe, expect, it } from "vitest";
import { simulate } from "./simulate.ts";

const SEEDS = 200;
const RUN_MS = 120_000;

describe("the whole system under a seed", () => {
  it(
    `keeps every rule in ${SEEDS} worlds`,
    async () => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const { violations } = await simulate(seed);
        const replay = `replay with: npm run simulate -- --seeds 1 --from ${seed}`;
        expect(violations, replay).toEqual([]);
      }
    },
    RUN_MS,
  );

  it("does the same again, whatever ran in between, and something else under another seed", async () => {
    const first = await simulate(7);
    const other = await simulate(8);
    const second = await simulate(7);
    expect(second).toEqual(first);
    expect(other.hash).not.toBe(first.hash);
    expect(first.calls).toBeGreaterThan(0);
  });
});
