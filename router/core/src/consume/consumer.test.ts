import { Code, packCode, Reason, type wire } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import type { Harness } from "../testing/harness.ts";
import { Listener, Publisher, quietHarness } from "../testing/listener.ts";

describe("a named consumer", () => {
  const named = (harness: Harness, init: wire.SubscribeInit = {}, credit = 1024) =>
    new Listener(harness.peer()).subscribe("a", { qos: 1, consumer: "c", ...init }, credit);

  test("goes on after a lost link, with what was not settled first", () => {
    const harness = quietHarness();
    const publisher = new Publisher(harness);
    const first = named(harness);
    publisher.run("a", 1, 3);
    expect(first.heard()).toHaveLength(4);
    first.ack(1);
    first.peer.kill();
    publisher.run("a", 4, 5);
    const second = named(harness, { start: { kind: 1 } });
    expect(second.heard()).toEqual([
      "subscribed q1 a@4",
      "1 a@2 2 again 2",
      "2 a@3 3 again 2",
      "3 a@4 4",
      "4 a@5 5",
    ]);
  });

  test("is forgotten when nobody comes back in time, and starts anew", () => {
    const harness = quietHarness();
    const publisher = new Publisher(harness);
    named(harness, { expiryMs: 5000 }).peer.kill();
    publisher.publish("a", "1");
    harness.advance(4900, 50);
    const again = named(harness, { expiryMs: 5000 });
    expect(again.heard()).toEqual(["subscribed q1 a@1", "1 a@1 1"]);
    again.peer.kill();
    harness.advance(5100, 50);
    expect(harness.router.stats.sharedCursors).toBe(0);
    expect(named(harness).heard()).toEqual(["subscribed q1 a@2"]);
  });

  test("is taken over by a second subscription, and the first is told", () => {
    const harness = quietHarness();
    const first = named(harness);
    new Publisher(harness).publish("a", "1");
    first.heard();
    const second = named(harness);
    expect(second.heard()).toEqual(["subscribed q1 a@2", "1 a@1 1 again 2"]);
    expect(packCode(Code.ABORTED, Reason.TAKEN_OVER)).toBe(0x0f0a);
    expect(first.heard()).toEqual(["ended 10 15"]);
    first.ack(1);
    expect(first.heard()).toEqual([]);
    expect(harness.router.stats.subscriptions).toBe(1);
  });

  test("outlives UNSUBSCRIBE, and gets retained values when it is new or asks for them", () => {
    const harness = quietHarness();
    const publisher = new Publisher(harness);
    publisher.publish("a", "1", { retain: true });
    const first = named(harness);
    expect(first.heard()).toEqual(["subscribed q1 a@2 retained 1", "1 a@1 1 retained"]);
    first.ack(1);
    first.unsubscribe();
    expect(first.heard()).toEqual(["ended 0 0"]);
    expect(named(harness).heard()).toEqual(["subscribed q1 a@2"]);
    const asking = named(harness, { retained: 1 });
    expect(asking.heard()).toEqual(["subscribed q1 a@2 retained 1", "1 a@1 1 retained"]);
  });

  test("is one of so many, and of one pattern", () => {
    const harness = quietHarness({ consumersRemembered: 1 });
    named(harness);
    const other = new Listener(harness.peer()).subscribe("b", { consumer: "c" });
    expect(other.heard()).toEqual(["refused 8"]);
  });

  test("is told what was lost while it was away and did not hold the ring", () => {
    const harness = quietHarness({ ringMessages: 3 });
    const publisher = new Publisher(harness);
    const first = named(harness, { slow: 1 });
    publisher.run("a", 1, 2);
    first.heard();
    first.peer.kill();
    publisher.run("a", 3, 8);
    expect(named(harness, { slow: 1 }).heard()).toEqual([
      "subscribed q1 a@3",
      "gap a 1-1 x1 retention",
      "gap a 2-2 x1 retention",
      "gap a 3-5 x3 slow",
      "1 a@6 6",
      "2 a@7 7",
      "3 a@8 8",
    ]);
  });
});
