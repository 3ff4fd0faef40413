import { describe, expect, test } from "vitest";
import { createMemoryStore, MESSAGE_OVERHEAD_BYTES, TOPIC_OVERHEAD_BYTES } from "./memory-store.ts";
import { storeSuite } from "./testing/suite.ts";

storeSuite("memory store", {
  costs: {
    messageBytes: MESSAGE_OVERHEAD_BYTES,
    topicBytes: (topic) => TOPIC_OVERHEAD_BYTES + 2 * topic.length,
  },
  create: (limits, epoch) => createMemoryStore<string>({ epoch, limits }),
});

describe("limits that change", () => {
  test("hold from the next message on", () => {
    const limits = {
      ringMessages: 10,
      ringBytes: 100_000,
      ringAgeMs: 1000,
      retainedValues: 0,
      retainedBytes: 0,
    };
    const log = createMemoryStore<number>({ epoch: 1, limits }).open("a");
    log.startRing();
    for (let at = 0; at < 10; at++) log.append(at, 1, 0);
    limits.ringMessages = 3;
    log.append(10, 1, 0);
    expect([log.first, log.next]).toEqual([9, 12]);
    limits.ringMessages = 0;
    expect(log.append(11, 1, 0)).toBe(12);
    expect([log.first, log.next]).toEqual([13, 13]);
  });
});

describe("many messages of many topics", () => {
  test("take a time that grows with their number alone", () => {
    const count = 200_000;
    const topics = 20_000;
    // Full after a tenth of them: from there on each message drops another.
    const messagesBytes = (count / 10) * (MESSAGE_OVERHEAD_BYTES + 10);
    const ringBytes = topics * (TOPIC_OVERHEAD_BYTES + 12) + messagesBytes;
    const store = createMemoryStore<number>({
      epoch: 1,
      limits: {
        ringMessages: 1000,
        ringBytes,
        ringAgeMs: 1000,
        retainedValues: 0,
        retainedBytes: 0,
      },
    });
    const started = performance.now();
    for (let at = 0; at < count; at++) {
      const log = store.open(`t${at % topics}`);
      log.startRing();
      expect(log.append(at, 10, at)).toBeDefined();
    }
    // A scan of the topics a message would take minutes.
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(store.bytes).toBeLessThanOrEqual(ringBytes);
    expect(store.messages).toBeLessThan(count / 8);
  });

  test("leave room for messages: topics that hold nothing are forgotten for them", () => {
    const ringBytes = 4_000_000;
    const store = createMemoryStore<number>({
      epoch: 1,
      limits: { ringMessages: 5, ringBytes, ringAgeMs: 1000, retainedValues: 0, retainedBytes: 0 },
    });
    for (let at = 0; at < 20_000; at++) {
      const log = store.open(`t${at}`);
      log.startRing();
      expect(log.append(at, 10, at)).toBe(1);
    }
    expect(store.bytes).toBeLessThanOrEqual(ringBytes);
    expect(store.messages).toBeGreaterThan(2000);
    expect(store.size - store.messages).toBeLessThan(1100);
  });
});
