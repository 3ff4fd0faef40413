import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Schedule, type Source } from "./source.ts";

/** A source of `frames` frames that notes whose turn it was. */
function source(name: string, priority: number, frames: number, log: string[]): Source {
  let left = frames;
  return {
    priority,
    waiting: false,
    pump: () => {
      left--;
      log.push(name);
      return left > 0;
    },
  };
}

describe("the schedule of an outbox", () => {
  test("lets every source send all it has, whatever the classes", () => {
    const sources = fc.array(
      fc.record({ priority: fc.nat(7), frames: fc.integer({ min: 1, max: 40 }) }),
    );
    fc.assert(
      fc.property(sources, (wanted) => {
        const log: string[] = [];
        const schedule = new Schedule();
        wanted.forEach(({ priority, frames }, at) => {
          schedule.add(source(String(at), priority, frames, log));
        });
        const total = wanted.reduce((sum, { frames }) => sum + frames, 0);
        for (let turn = 0; turn < total; turn++) schedule.pump();
        expect(schedule.size).toBe(0);
        expect(log).toHaveLength(total);
        wanted.forEach(({ frames }, at) => {
          expect(log.filter((name) => name === String(at))).toHaveLength(frames);
        });
      }),
      { numRuns: 200 },
    );
  });

  test("takes turns within a class", () => {
    const log: string[] = [];
    const schedule = new Schedule();
    schedule.add(source("a", 4, 3, log));
    schedule.add(source("b", 4, 3, log));
    for (let turn = 0; turn < 6; turn++) schedule.pump();
    expect(log.join("")).toBe("ababab");
  });

  test("puts control first but leaves every tenth frame to the rest", () => {
    const log: string[] = [];
    const schedule = new Schedule();
    schedule.add(source("c", 0, 1000, log));
    schedule.add(source("x", 7, 1000, log));
    for (let turn = 0; turn < 100; turn++) schedule.pump();
    expect(log.filter((name) => name === "x")).toHaveLength(10);
  });

  test("weighs the other classes against one another and starves none", () => {
    const log: string[] = [];
    const schedule = new Schedule();
    schedule.add(source("2", 2, 10_000, log));
    schedule.add(source("7", 7, 10_000, log));
    for (let turn = 0; turn < 700; turn++) schedule.pump();
    expect(log.filter((name) => name === "7")).toHaveLength(100);
  });
});
