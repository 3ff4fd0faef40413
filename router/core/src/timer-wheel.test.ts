import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTimer, SLOT_MS, type Timer, TimerWheel } from "./timer-wheel.ts";

describe("the timer wheel", () => {
  test("hands out what is due, never early and at most a slot late, whatever is armed and disarmed", () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("arm" as const),
        timer: fc.nat(19),
        inMs: fc.integer({ min: -5, max: 20_000 }),
      }),
      fc.record({ kind: fc.constant("disarm" as const), timer: fc.nat(19) }),
      fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 9000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
        let now = 12_345;
        const wheel = new TimerWheel<number>(now);
        const timers = Array.from({ length: 20 }, (_, owner) => createTimer(owner));
        const expected = new Map<number, number>();
        for (const each of steps) {
          if (each.kind === "arm") {
            wheel.arm(timers[each.timer] as Timer<number>, now + each.inMs);
            expected.set(each.timer, now + each.inMs);
          } else if (each.kind === "disarm") {
            wheel.disarm(timers[each.timer] as Timer<number>);
            expected.delete(each.timer);
          } else {
            now += each.ms;
            wheel.advance(now, (owner) => {
              expect(expected.get(owner)).toBeLessThanOrEqual(now);
              expected.delete(owner);
            });
            for (const dueAt of expected.values()) expect(dueAt).toBeGreaterThan(now - 2 * SLOT_MS);
          }
          expect(wheel.armed).toBe(expected.size);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("lets what fires disarm another timer of the same slot", () => {
    const wheel = new TimerWheel<string>(0);
    const first = createTimer("first");
    const second = createTimer("second");
    wheel.arm(first, 10);
    wheel.arm(second, 10);
    const fired: string[] = [];
    wheel.advance(100, (owner) => {
      fired.push(owner);
      wheel.disarm(owner === "first" ? second : first);
    });
    expect(fired).toEqual(["first"]);
    expect(wheel.armed).toBe(0);
  });
});
