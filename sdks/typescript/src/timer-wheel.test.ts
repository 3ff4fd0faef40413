import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TestClock } from "./testing/test-clock.ts";
import { Timer, TimerWheel } from "./timer-wheel.ts";

const TICK_MS = 8;

describe("the timer wheel", () => {
  it("fires every timer once, never early and at most a tick late, and none that was stopped", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ delay: fc.integer({ min: 0, max: 90_000 }), stop: fc.boolean() }), {
          minLength: 1,
          maxLength: 30,
        }),
        async (wanted) => {
          const clock = new TestClock();
          const wheel = new TimerWheel(clock);
          const started = clock.now();
          const fired: { readonly index: number; readonly after: number }[] = [];
          const timers = wanted.map(
            (_, index) =>
              new Timer({ expire: () => fired.push({ index, after: clock.now() - started }) }),
          );
          for (const [index, timer] of timers.entries())
            wheel.start(timer, wanted[index]?.delay ?? 0);
          for (const [index, timer] of timers.entries()) if (wanted[index]?.stop) wheel.stop(timer);
          await clock.advance(100_000);
          expect(fired.map(({ index }) => index).sort((a, b) => a - b)).toEqual(
            wanted.flatMap(({ stop }, index) => (stop ? [] : [index])),
          );
          for (const { index, after } of fired) {
            const delay = wanted[index]?.delay ?? 0;
            expect(after).toBeGreaterThanOrEqual(delay);
            expect(after).toBeLessThan(delay + 2 * TICK_MS);
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  it("may be started anew from its own expiry", async () => {
    const clock = new TestClock();
    const wheel = new TimerWheel(clock);
    let count = 0;
    const timer: Timer = new Timer({
      expire() {
        count += 1;
        if (count < 3) wheel.start(timer, 100);
      },
    });
    wheel.start(timer, 100);
    await clock.advance(1_000);
    expect(count).toBe(3);
  });
});
