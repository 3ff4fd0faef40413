import type { wire } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import type { Harness } from "../testing/harness.ts";
import { listener, Publisher, quietHarness } from "../testing/listener.ts";

const member = (harness: Harness, init: wire.SubscribeInit = {}, credit = 1024) =>
  listener(harness, "a", { qos: 1, group: "g", ...init }, credit);

describe("UNSUBSCRIBE", () => {
  test("is answered when all that was sent is settled, and nothing more is sent", () => {
    const harness = quietHarness();
    const to = listener(harness, "a");
    const publisher = new Publisher(harness);
    publisher.run("a", 1, 2);
    to.heard();
    to.unsubscribe();
    publisher.publish("a", "3");
    expect(to.heard()).toEqual([]);
    to.ack(1);
    to.nack(2);
    expect(to.heard()).toEqual(["ended 0 0"]);
    expect(harness.router.stats.subscriptions).toBe(0);
  });

  test("is answered when the wait is over, progress or not", () => {
    const harness = quietHarness();
    const to = listener(harness, "a", { qos: 1, ackWaitMs: 1000 });
    new Publisher(harness).publish("a", "1");
    to.heard();
    to.unsubscribe();
    harness.advance(900);
    to.progress(1);
    harness.advance(200);
    expect(to.heard()).toEqual(["ended 0 0"]);
  });

  test("gives a group what it had not settled", () => {
    const harness = quietHarness();
    const [leaving, staying] = [member(harness), member(harness)];
    new Publisher(harness).run("a", 1, 4);
    leaving.heard();
    staying.heard();
    leaving.unsubscribe();
    leaving.ack(1);
    leaving.nack(2);
    expect(leaving.heard()).toEqual(["ended 0 0"]);
    harness.advance(200);
    expect(staying.heard()).toEqual(["3 a@3 3 again 2"]);
  });
});
