import { GapReason } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { createEventMessage } from "./event.ts";
import { holeOf, joined, merged, nowhere, widen } from "./hole.ts";
import type { TopicEntry } from "./topic-entry.ts";

const { SLOW, RETENTION } = GapReason;
const message = (epoch: number, sequence: number) => ({
  ...createEventMessage({} as TopicEntry),
  epoch,
  sequence,
});

describe("a hole", () => {
  test("grows from its first message to its last, and counts what was dropped between", () => {
    const hole = holeOf(message(5, 2), SLOW);
    widen(hole, message(5, 3));
    widen(hole, message(5, 7));
    expect(hole).toEqual({ epoch: 5, from: 2, to: 7, count: 3, reason: SLOW });
  });

  test("has no positions where its messages have none, or are of two epochs", () => {
    const plain = holeOf(message(0, 0), SLOW);
    widen(plain, message(0, 0));
    expect(plain).toEqual({ epoch: 0, from: 0, to: 0, count: 2, reason: SLOW });
    const mixed = holeOf(message(5, 2), SLOW);
    widen(mixed, message(6, 1));
    widen(mixed, message(6, 2));
    expect(mixed).toEqual({ epoch: 0, from: 0, to: 0, count: 3, reason: SLOW });
  });

  test("joins another of its topic, and is counted with those of other topics", () => {
    const first = { epoch: 5, from: 2, to: 3, count: 2, reason: RETENTION };
    expect(joined(first, { ...first, from: 4, to: 9, count: 6 })).toEqual({
      ...first,
      to: 9,
      count: 8,
    });
    expect(joined(first, { ...first, epoch: 6 })).toEqual(nowhere(4, RETENTION));
    expect(merged(first, { ...first, from: 4, to: 9, count: 6 })).toEqual(nowhere(8, RETENTION));
    expect(nowhere(2 ** 33, SLOW).count).toBe(0xffffffff);
  });
});
