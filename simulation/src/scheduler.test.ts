import { describe, expect, it } from "vitest";
import { Random } from "./random.ts";
import { Scheduler } from "./scheduler.ts";
import { Trace } from "./trace.ts";

function order(seed: number): Promise<string> {
  const scheduler = new Scheduler(new Random(seed), new Trace());
  let said = "";
  for (const [delay, name] of [
    [5, "d"],
    [1, "a"],
    [1, "b"],
    [1, "c"],
  ] as const)
    scheduler.after(delay, name, () => void Promise.resolve().then(() => (said += name)));
  return scheduler.run(() => false, 10_000).then(() => `${said} ${scheduler.now}`);
}

describe("virtual time", () => {
  it("goes by time, then by the seed, and lets promises settle in between", async () => {
    const orders = await Promise.all([1, 2, 3, 4, 5, 6].map(order));
    for (const said of orders) expect(said).toMatch(/^[abc]{3}d 1005$/);
    expect(new Set(orders).size).toBeGreaterThan(1);
    expect(await order(3)).toBe(orders[2]);
  });

  it("skips what was cancelled and stops at its limit", async () => {
    const scheduler = new Scheduler(new Random(1), new Trace());
    const ran: string[] = [];
    scheduler.cancel(scheduler.after(1, "cancelled", () => ran.push("cancelled")));
    scheduler.after(2, "early", () => ran.push("early"));
    scheduler.after(2000, "late", () => ran.push("late"));
    expect(await scheduler.run(() => false, 1500)).toBe(false);
    expect(ran).toEqual(["early"]);
    expect(scheduler.pending.map(({ label }) => label)).toEqual(["late"]);
  });
});
