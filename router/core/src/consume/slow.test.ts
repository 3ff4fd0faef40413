import { Code } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { listener, Publisher, quietHarness } from "../testing/listener.ts";

describe("slow policies", () => {
  test("block: publishers are told while the ring is full of what is not settled", () => {
    const harness = quietHarness({ ringMessages: 3 });
    const to = listener(harness, "a", { qos: 1 }, 1);
    const publisher = new Publisher(harness);
    publisher.run("a", 1, 4);
    expect(publisher.answers()).toEqual([0, 0, 0, Code.RESOURCE_EXHAUSTED]);
    expect(to.heard()).toEqual(["1 a@1 1"]);
    to.ack(1);
    publisher.publish("a", "next", { qos: 0 });
    to.grant(10);
    expect(to.heard()).toEqual(["2 a@2 2", "3 a@3 3", "4 a@4 next q0"]);
  });

  test("drop_old: it goes on at the earliest kept", () => {
    const harness = quietHarness({ ringMessages: 3 });
    const to = listener(harness, "a", { qos: 1, slow: 1 }, 1);
    new Publisher(harness).run("a", 1, 6);
    to.grant(10);
    expect(to.heard()).toEqual(["1 a@1 1", "gap a 2-3 x2 slow", "2 a@4 4", "3 a@5 5", "4 a@6 6"]);
  });

  test("latest: it goes on at the newest of each topic", () => {
    const harness = quietHarness();
    const to = listener(harness, "*", { qos: 1, slow: 3 }, 1);
    const publisher = new Publisher(harness);
    publisher.run("a", 1, 4);
    publisher.run("b", 1, 2);
    to.grant(10);
    expect(to.heard()).toEqual([
      "1 a@1 1",
      "gap a 2-3 x2 slow",
      "2 a@4 4",
      "gap b 1-1 x1 slow",
      "3 b@2 2",
    ]);
  });

  test("disconnect: it ends when the ring has left it behind", () => {
    const harness = quietHarness({ ringMessages: 2 });
    const to = listener(harness, "a", { qos: 1, slow: 4 }, 1);
    new Publisher(harness).run("a", 1, 4);
    to.heard();
    to.grant(10);
    expect(to.heard()).toEqual(["ended 8 9"]);
  });

  test("a time to live that is over is a gap, also for what comes again", () => {
    const harness = quietHarness();
    const to = listener(harness, "a", { qos: 1, ackWaitMs: 2000 }, 1);
    const publisher = new Publisher(harness);
    publisher.run("a", 1, 3, { ttlMs: 1000 });
    publisher.publish("a", "4");
    expect(to.heard()).toEqual(["1 a@1 1"]);
    harness.advance(2100);
    to.grant(10);
    expect(to.heard()).toEqual(["gap a 1-1 x1 retention", "gap a 2-3 x2 retention", "2 a@4 4"]);
  });

  test("a topic that is numbered anew is told with what of it was not read", () => {
    const harness = quietHarness({ ringAgeMs: 1000 });
    const to = listener(harness, "a", { qos: 1, slow: 1 }, 0);
    const publisher = new Publisher(harness);
    publisher.run("a", 1, 3);
    harness.advance(5000, 100);
    publisher.publish("a", "anew");
    to.grant(10);
    expect(to.heard()).toEqual(["gap a 1-3 x3 retention", "1 a@1 anew"]);
  });

  test("a gap of a subscription of QoS 0 tells positions where the topic is kept", () => {
    const harness = quietHarness({ outboxMessagesPerLink: 2 });
    const to = listener(harness, "a", { qos: 0 }, 1);
    new Publisher(harness).run("a", 1, 6);
    to.grant(10);
    expect(to.heard()).toEqual(["1 a@1 1 q0", "gap a 2-4 x3 slow", "2 a@5 5 q0", "3 a@6 6 q0"]);
  });
});
