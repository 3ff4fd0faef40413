import { encodeFrame, FrameType, wire } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import type { Harness } from "../testing/harness.ts";
import { Listener, listener, Publisher, quietHarness } from "../testing/listener.ts";

const subscribed = (harness: Harness, pattern: string, init: wire.SubscribeInit, credit = 1024) =>
  new Listener(harness.peer()).subscribe(pattern, init, credit);

/** `a` with positions 1 to `count`, kept since somebody published at QoS 1. */
function kept(harness: Harness, count: number, topic = "a"): Publisher {
  const publisher = new Publisher(harness);
  publisher.run(topic, 1, count);
  return publisher;
}

function epochOf(harness: Harness, topic = "a"): number {
  const to = subscribed(harness, topic, { qos: 1 });
  const [answer] = to.frames();
  return wire.Subscribed.decode(answer?.payload ?? new Uint8Array(0)).positions[0]?.epoch ?? 0;
}

describe("a subscription starts", () => {
  test("behind all that is kept, and says where", () => {
    const harness = quietHarness();
    const publisher = kept(harness, 3);
    const to = subscribed(harness, "a", { qos: 1 });
    publisher.publish("a", "4");
    expect(to.heard()).toEqual(["subscribed q1 a@4", "1 a@4 4"]);
  });

  test("at QoS 1 where it asks for 2", () => {
    const harness = quietHarness();
    expect(subscribed(harness, "a", { qos: 2 }).heard()).toEqual(["subscribed q1"]);
  });

  test("at the earliest kept message, with what comes behind it", () => {
    const harness = quietHarness({ ringMessages: 2 });
    const publisher = kept(harness, 3);
    const to = subscribed(harness, "a", { qos: 1, slow: 1, start: { kind: 1 } });
    publisher.publish("a", "4");
    expect(to.heard()).toEqual(["subscribed q1 a@2", "1 a@2 2", "2 a@3 3", "3 a@4 4"]);
  });

  test("at QoS 0 as well", () => {
    const harness = quietHarness();
    kept(harness, 2);
    const to = subscribed(harness, "a", { start: { kind: 1 } });
    expect(to.heard()).toEqual(["subscribed q0 a@1", "1 a@1 1 q0", "2 a@2 2 q0"]);
  });

  test("so many messages back", () => {
    const harness = quietHarness();
    kept(harness, 5);
    const to = subscribed(harness, "a", { qos: 1, start: { kind: 1 }, replayLimit: 2 });
    expect(to.heard()).toEqual(["subscribed q1 a@4", "1 a@4 4", "2 a@5 5"]);
  });

  test("at an age", () => {
    const harness = quietHarness();
    const publisher = kept(harness, 2);
    harness.advance(5000, 100);
    publisher.run("a", 3, 4);
    const to = subscribed(harness, "a", { qos: 1, start: { kind: 3, ageMs: 1000n } });
    expect(to.heard()).toEqual(["subscribed q1 a@3", "1 a@3 3", "2 a@4 4"]);
  });

  test("at a position, that one included", () => {
    const harness = quietHarness();
    kept(harness, 4);
    const positions = [{ topic: "a", epoch: epochOf(harness), sequence: 3n }];
    const to = subscribed(harness, "a", { qos: 1, start: { kind: 2, positions } });
    expect(to.heard()).toEqual(["subscribed q1 a@3", "1 a@3 3", "2 a@4 4"]);
  });

  test("at a position that is gone, and is told of the hole", () => {
    const harness = quietHarness({ ringMessages: 2 });
    kept(harness, 5);
    const positions = [{ topic: "a", epoch: epochOf(harness), sequence: 2n }];
    const to = subscribed(harness, "a", { qos: 1, start: { kind: 2, positions } });
    expect(to.heard()).toEqual(["subscribed q1 a@4", "gap a 2-3 x2 resume", "1 a@4 4", "2 a@5 5"]);
  });

  test("at a position of another epoch, with the earliest kept", () => {
    const harness = quietHarness();
    kept(harness, 2);
    const positions = [{ topic: "a", epoch: epochOf(harness) + 1, sequence: 2n }];
    const to = subscribed(harness, "a", { qos: 1, start: { kind: 2, positions } });
    expect(to.heard()).toEqual(["subscribed q1 a@1", "gap a 0-0 x0 reset", "1 a@1 1", "2 a@2 2"]);
  });

  test("at a position of a topic that nobody knows", () => {
    const harness = quietHarness();
    const positions = [{ topic: "a", epoch: 7, sequence: 2n }];
    const to = subscribed(harness, "a", { qos: 1, start: { kind: 2, positions } });
    new Publisher(harness).publish("a", "1");
    expect(to.heard()).toEqual(["subscribed q1", "gap a 0-0 x0 reset", "1 a@1 1"]);
  });

  test("in topics that it does not name at the earliest kept", () => {
    const harness = quietHarness();
    kept(harness, 2, "t.a");
    kept(harness, 2, "t.b");
    const positions = [{ topic: "t.a", epoch: epochOf(harness, "t.a"), sequence: 3n }];
    const to = subscribed(harness, "t.*", { qos: 1, start: { kind: 2, positions } });
    expect(to.heard()).toEqual(["subscribed q1 t.a@3 t.b@1", "1 t.b@1 1", "2 t.b@2 2"]);
  });
});

describe("retained values", () => {
  const values = (harness: Harness): Publisher => {
    const publisher = new Publisher(harness);
    for (const topic of ["t.b", "t.a", "t.c", "u.a"]) {
      publisher.publish(topic, `of ${topic}`, { retain: true });
    }
    return publisher;
  };

  test.each([0, 1])("come first, ascending, flagged and counted at QoS %i", (qos) => {
    const harness = quietHarness();
    const publisher = values(harness);
    const to = subscribed(harness, "t.*", { qos });
    publisher.publish("t.a", "live");
    const mark = qos === 0 ? " q0" : "";
    expect(to.heard()).toEqual([
      `subscribed q${qos} t.a@2 t.b@2 t.c@2 retained 3`,
      `1 t.a@1 of t.a retained${mark}`,
      `2 t.b@1 of t.b retained${mark}`,
      `3 t.c@1 of t.c retained${mark}`,
      `4 t.a@2 live${mark}`,
    ]);
  });

  test.each([0, 1])("wait for credit, and give way to newer ones at QoS %i", (qos) => {
    const harness = quietHarness();
    const publisher = values(harness);
    const to = subscribed(harness, "t.*", { qos }, 1);
    const mark = qos === 0 ? " q0" : "";
    expect(to.heard().slice(1)).toEqual([`1 t.a@1 of t.a retained${mark}`]);
    publisher.publish("t.b", "newer", { retain: true });
    to.grant(9);
    expect(to.heard()).toEqual([`2 t.c@1 of t.c retained${mark}`, `3 t.b@2 newer${mark}`]);
  });

  test.each([0, 1])("are not sent to who wants none at QoS %i", (qos) => {
    const harness = quietHarness();
    values(harness);
    expect(subscribed(harness, "u.a", { qos, retained: 2 }).heard()).toEqual([
      `subscribed q${qos} u.a@2`,
    ]);
  });

  test.each([0, 1])("come to the first member of a group alone at QoS %i", (qos) => {
    const harness = quietHarness();
    values(harness);
    const mark = qos === 0 ? " q0" : "";
    const init = { qos, group: "g" };
    expect(subscribed(harness, "u.a", init).heard()).toEqual([
      `subscribed q${qos} u.a@2 retained 1`,
      `1 u.a@1 of u.a retained${mark}`,
    ]);
    expect(subscribed(harness, "u.a", init).heard()).toEqual([`subscribed q${qos} u.a@2`]);
  });

  test("that the ring delivers anyway are not sent twice", () => {
    const harness = quietHarness();
    values(harness);
    const to = subscribed(harness, "u.a", { qos: 1, start: { kind: 1 } });
    expect(to.heard()).toEqual(["subscribed q1 u.a@1", "1 u.a@1 of u.a"]);
  });

  test("that fell off the ring are sent beside it", () => {
    const harness = quietHarness({ ringMessages: 2 });
    const publisher = values(harness);
    publisher.run("u.a", 2, 4);
    const to = subscribed(harness, "u.a", { qos: 1, start: { kind: 1 } });
    const heard = to.heard();
    expect(heard[0]).toBe("subscribed q1 u.a@3 retained 1");
    expect(heard.slice(1)).toEqual(["1 u.a@1 of u.a retained", "2 u.a@3 3", "3 u.a@4 4"]);
  });

  test("are delivered again until they are settled, or another took their place", () => {
    const harness = quietHarness({ ringMessages: 1 });
    const publisher = values(harness);
    const to = subscribed(harness, "u.a", { qos: 1, ackWaitMs: 1000, slow: 1 });
    to.heard();
    harness.advance(1100);
    expect(to.heard()).toEqual(["2 u.a@1 of u.a again 2 retained"]);
    publisher.publish("u.a", "newer", { retain: true });
    expect(to.heard()).toEqual(["3 u.a@2 newer"]);
    to.ack(3);
    harness.advance(5000, 50);
    expect(to.heard()).toEqual([]);
  });
});

describe("replay", () => {
  test.each([0, 1])("sends kept messages once more at QoS %i, to be settled by nobody", (qos) => {
    const harness = quietHarness();
    kept(harness, 5);
    const epoch = epochOf(harness);
    const to = listener(harness, "a", { qos });
    to.replay("a", { epoch, from: 2, to: 4, most: 2 });
    to.replay("a", { epoch, from: 5, to: 9, most: 0 });
    expect(to.heard()).toEqual(["1 a@2 2 q0", "2 a@3 3 q0", "3 a@5 5 q0"]);
    harness.advance(60_000, 100);
    expect(to.heard()).toEqual([]);
  });

  test.each([0, 1])("costs credit at QoS %i", (qos) => {
    const harness = quietHarness();
    kept(harness, 3);
    const to = listener(harness, "a", { qos }, 1);
    to.replay("a", { epoch: epochOf(harness), from: 1, to: 3, most: 0 });
    expect(to.heard()).toEqual(["1 a@1 1 q0"]);
    to.grant(3);
    expect(to.heard()).toEqual(["2 a@2 2 q0", "3 a@3 3 q0"]);
  });

  test.each([0, 1])("tells what is gone at QoS %i", (qos) => {
    const harness = quietHarness({ ringMessages: 2 });
    kept(harness, 5);
    const epoch = epochOf(harness);
    const to = listener(harness, "a", { qos });
    to.replay("a", { epoch, from: 1, to: 4, most: 0 });
    to.replay("a", { epoch, from: 1, to: 2, most: 0 });
    to.replay("a", { epoch: epoch + 1, from: 1, to: 2, most: 0 });
    expect(to.heard()).toEqual([
      "gap a 1-3 x3 retention",
      "1 a@4 4 q0",
      "gap a 1-2 x2 retention",
      "gap a 0-0 x0 reset",
    ]);
  });

  test.each([0, 1])("of a topic that does not match ends the subscription at QoS %i", (qos) => {
    const harness = quietHarness();
    kept(harness, 1, "b");
    const to = listener(harness, "a", { qos });
    to.replay("b", { epoch: 1, from: 1, to: 2, most: 0 });
    expect(to.heard()).toEqual(["ended 3 0"]);
  });

  test.each([0, 1])("is bounded at QoS %i", (qos) => {
    const harness = quietHarness();
    kept(harness, 1);
    const to = listener(harness, "a", { qos }, 0);
    for (let count = 0; count < 64; count++) {
      to.replay("a", { epoch: 1, from: 1, to: 2, most: 0 });
    }
    expect(to.heard()).toEqual([]);
    to.replay("a", { epoch: 1, from: 1, to: 2, most: 0 });
    expect(to.heard()).toEqual(["ended 8 0"]);
  });
});

describe("a link that subscribes again and again where much is kept", () => {
  test("waits for its share of a turn, and no other link does", () => {
    const harness = quietHarness();
    const publisher = new Publisher(harness);
    for (let at = 0; at < 1500; at++) publisher.publish(`a.${at}`, "x");
    const [greedy, other] = [harness.peer(), harness.peer()];
    const ask = (stream: number, pattern: string) =>
      encodeFrame({
        type: FrameType.SUBSCRIBE,
        stream,
        arg: 1,
        payload: wire.Subscribe.encode({ pattern, qos: 1 }),
      });
    let pauses = 0;
    greedy.channel.pause = () => void pauses++;
    greedy.post(...Array.from({ length: 40 }, (_, at) => ask(1 + 2 * at, "a.*")));
    other.post(ask(1, "a.7"));
    expect(pauses).toBe(1);
    harness.turn();
    expect(greedy.takeOf(FrameType.SUBSCRIBED)).toHaveLength(40);
    expect(other.takeOf(FrameType.SUBSCRIBED)).toHaveLength(1);
  });
});
