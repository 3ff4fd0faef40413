import { describe, expect, it } from "vitest";
import type { Gap } from "../subscription-item.ts";
import { ItemQueue } from "./item-queue.ts";

const gap = (first: number, last: number): Gap => ({
  kind: "gap",
  topic: "a",
  epoch: 1,
  first,
  last,
  count: last - first + 1,
  reason: "slow",
});

describe("what waits to be read", () => {
  it("keeps the places of gaps, up to a bound; beyond it still counts them", async () => {
    const queue = new ItemQueue({ pulled: () => {} });
    for (let at = 1; at <= 10_005; at += 1) queue.push(gap(2 * at, 2 * at));
    expect(await queue.next()).toMatchObject({ value: { first: 2, last: 2 } });
    for (let at = 2; at < 10_000; at += 1) await queue.next();
    expect(await queue.next()).toMatchObject({
      value: { first: undefined, count: 6, reason: "unreported" },
    });
  });
});
