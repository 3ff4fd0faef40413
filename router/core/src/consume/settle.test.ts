import { describe, expect, test } from "vitest";
import { Listener, listener, Publisher, quietHarness } from "../testing/listener.ts";

/** A subscriber that was sent `1 a@1 1`, `2 a@2 2` and `3 a@3 3`. */
function threeSent(init = {}) {
  const harness = quietHarness();
  const listening = listener(harness, "a", { qos: 1, ...init });
  const publisher = new Publisher(harness);
  publisher.run("a", 1, 3);
  expect(listening.heard()).toEqual(["1 a@1 1", "2 a@2 2", "3 a@3 3"]);
  return { harness, listening, publisher };
}

describe("a message that was sent", () => {
  const rows: readonly [string, (to: Listener) => void, string[]][] = [
    ["is settled by ack", (to) => to.ack(2), ["4 a@1 1 again 2", "5 a@3 3 again 2"]],
    ["is settled by term", (to) => to.term(2), ["4 a@1 1 again 2", "5 a@3 3 again 2"]],
    ["is settled with all before it", (to) => to.ack(2, true), ["4 a@3 3 again 2"]],
    ["is settled once", (to) => [to.ack(1, true), to.ack(1), to.ack(2, true)], ["4 a@3 3 again 2"]],
    [
      "comes again when nobody settles it",
      () => {},
      ["4 a@1 1 again 2", "5 a@2 2 again 2", "6 a@3 3 again 2"],
    ],
    [
      "is not settled by an ack of none",
      (to) => to.ack(0, true),
      ["4 a@1 1 again 2", "5 a@2 2 again 2", "6 a@3 3 again 2"],
    ],
  ];
  test.each(rows)("%s", (_, act, after) => {
    const { harness, listening } = threeSent();
    act(listening);
    harness.advance(29_900, 50);
    expect(listening.heard()).toEqual([]);
    harness.advance(200);
    expect(listening.heard()).toEqual(after);
  });

  test("pauses twice as long after each nack", () => {
    const harness = quietHarness();
    const listening = listener(harness, "a");
    new Publisher(harness).publish("a", "x");
    listening.heard();
    for (const [attempt, pause] of [
      [2, 100],
      [3, 200],
      [4, 400],
      [5, 800],
    ] as const) {
      listening.nack(attempt - 1);
      harness.advance(pause - 20);
      expect(listening.heard()).toEqual([]);
      harness.advance(40);
      expect(listening.heard()).toEqual([`${attempt} a@1 x again ${attempt}`]);
    }
  });

  test("waits as long as the nack says", () => {
    const { harness, listening } = threeSent();
    listening.nack(2, 5000);
    harness.advance(4900);
    expect(listening.heard()).toEqual([]);
    harness.advance(200);
    expect(listening.heard()).toEqual(["4 a@2 2 again 2"]);
  });

  test("may be waited for longer with progress", () => {
    const { harness, listening } = threeSent({ ackWaitMs: 1000 });
    harness.advance(900);
    listening.progress(1);
    harness.advance(300);
    expect(listening.heard()).toEqual(["4 a@2 2 again 2", "5 a@3 3 again 2"]);
    harness.advance(800);
    expect(listening.heard()[0]).toBe("6 a@1 1 again 2");
  });

  test("cannot be settled before it was sent", () => {
    const { listening } = threeSent();
    listening.ack(4);
    expect(listening.heard()).toEqual(["error 257"]);
  });

  test("is not settled under the number it had before it came again", () => {
    const { harness, listening } = threeSent({ ackWaitMs: 1000 });
    listening.ack(3, true);
    const publisher = new Publisher(harness);
    publisher.publish("a", "4");
    listening.nack(4, 100);
    harness.advance(150);
    expect(listening.heard()).toEqual(["4 a@4 4", "5 a@4 4 again 2"]);
    listening.ack(4);
    harness.advance(1100);
    expect(listening.heard()).toEqual(["6 a@4 4 again 3"]);
    listening.ack(6);
    harness.advance(5000, 50);
    expect(listening.heard()).toEqual([]);
  });
});

describe("dead letters", () => {
  test("are what was delivered five times and not settled", () => {
    const harness = quietHarness();
    const dead = listener(harness, "$dead.>");
    const listening = listener(harness, "a.b");
    new Publisher(harness).publish("a.b", "x", { key: "k" });
    for (let delivery = 1; delivery <= 5; delivery++) {
      expect(listening.heard()).toHaveLength(1);
      listening.nack(delivery, 10);
      harness.advance(30);
    }
    expect(listening.heard()).toEqual([]);
    const [letter] = dead.frames();
    expect(letter?.meta).toMatchObject({
      name: "$dead.a.b",
      position: { sequence: 1 },
      deadLetterReason: "5 deliveries, none acknowledged: the last delivery was answered nack",
      orderingKey: new TextEncoder().encode("k"),
    });
    expect(harness.router.stats).toMatchObject({ deadLettered: 1, redelivered: 4 });
    harness.advance(60_000, 100);
    expect(listening.heard()).toEqual([]);
  });

  /** Five subscriptions of one consumer, each parted from with three messages that it was sent. */
  function fiveLives(part: (consumer: Listener) => void) {
    const harness = quietHarness();
    const dead = listener(harness, "$dead.>");
    const attach = () => new Listener(harness.peer()).subscribe("a", { qos: 1, consumer: "c" });
    for (let life = 1; life <= 5; life++) {
      const consumer = attach();
      if (life === 1) new Publisher(harness).run("a", 1, 3);
      expect(consumer.heard()).toHaveLength(4);
      part(consumer);
      harness.advance(5000, 50);
    }
    return { dead: dead.heard(), last: attach().heard().slice(1) };
  }

  test("are made of what a reader was lost over five times, not of what came ahead to it", () => {
    const { dead, last } = fiveLives((consumer) => consumer.peer.kill());
    expect(dead).toEqual([expect.stringContaining("$dead.a@1 1")]);
    expect(last).toEqual(["1 a@2 2 again 6", "2 a@3 3 again 6"]);
  });

  test("are not made of what a reader that leaves gives back unread", () => {
    const { dead, last } = fiveLives((consumer) => {
      consumer.unsubscribe();
      for (const number of [1, 2, 3]) consumer.nack(number);
    });
    expect(dead).toEqual([]);
    expect(last.map((event) => event.slice(2)).sort()).toEqual([
      "a@1 1 again 6",
      "a@2 2 again 6",
      "a@3 3 again 6",
    ]);
  });

  test("are not made of what a subscriber terminated", () => {
    const harness = quietHarness();
    const dead = listener(harness, "$dead.>");
    const listening = listener(harness, "a");
    new Publisher(harness).publish("a", "x");
    listening.term(1);
    harness.advance(60_000, 100);
    expect(dead.heard()).toEqual([]);
    expect(listening.heard()).toEqual(["1 a@1 x"]);
  });

  test("are not made of dead letters, and are counted", () => {
    const harness = quietHarness();
    const dead = listener(harness, "$dead.a", { qos: 1, ackWaitMs: 100 });
    const listening = listener(harness, "a", { qos: 1, ackWaitMs: 100 });
    new Publisher(harness).publish("a", "x");
    harness.advance(3000);
    expect(listening.heard()).toHaveLength(5);
    expect(dead.heard()).toHaveLength(5);
    expect(harness.router.stats).toMatchObject({ deadLettered: 1, dropped: 1 });
    expect(harness.events).toContainEqual(
      expect.objectContaining({ kind: "deadLettered", topic: "$dead.a", isPublished: false }),
    );
  });
});

describe("credit and room", () => {
  test("hold messages back until they are given, and lose none", () => {
    const harness = quietHarness();
    const listening = listener(harness, "a", { qos: 1 }, 2);
    new Publisher(harness).run("a", 1, 5);
    expect(listening.heard()).toEqual(["1 a@1 1", "2 a@2 2"]);
    listening.ack(2, true);
    expect(listening.heard()).toEqual([]);
    listening.grant(4);
    expect(listening.heard()).toEqual(["3 a@3 3", "4 a@4 4"]);
  });

  test("a redelivery costs credit, too", () => {
    const harness = quietHarness();
    const listening = listener(harness, "a", { qos: 1 }, 1);
    new Publisher(harness).publish("a", "x");
    listening.nack(1, 10);
    harness.advance(100);
    expect(listening.heard()).toEqual(["1 a@1 x"]);
    listening.grant(2);
    expect(listening.heard()).toEqual(["2 a@1 x again 2"]);
  });

  test("no more than max_unacked are unsettled, also when nacks push them off", () => {
    const harness = quietHarness();
    const listening = listener(harness, "a", { qos: 1, maxUnacked: 2 });
    new Publisher(harness).run("a", 1, 5);
    expect(listening.heard()).toEqual(["1 a@1 1", "2 a@2 2"]);
    listening.nack(1, 10_000);
    listening.nack(2, 10_000);
    expect(listening.heard()).toEqual([]);
    harness.advance(10_100, 20);
    expect(listening.heard()).toEqual(["3 a@1 1 again 2", "4 a@2 2 again 2"]);
    listening.ack(4, true);
    expect(listening.heard()).toEqual(["5 a@3 3", "6 a@4 4"]);
  });

  test("messages of QoS 0 are settled by being sent", () => {
    const harness = quietHarness();
    const listening = listener(harness, "a", { qos: 1, maxUnacked: 1 });
    new Publisher(harness).run("a", 1, 3, { qos: 0 });
    expect(listening.heard()).toEqual(["1 a@1 1 q0", "2 a@2 2 q0", "3 a@3 3 q0"]);
    listening.ack(2);
    harness.advance(60_000, 100);
    expect(listening.heard()).toEqual([]);
  });

  test("a reader whose link is busy goes on where it stopped", () => {
    const harness = quietHarness();
    const listening = listener(harness, "a", { qos: 1 });
    listening.peer.channel.isStalled = true;
    const large = "y".repeat(100_000);
    const publisher = new Publisher(harness);
    for (let at = 0; at < 10; at++) publisher.publish("a", large);
    expect(listening.heard().length).toBeLessThan(10);
    listening.peer.unstall();
    expect(listening.heard().length).toBeGreaterThan(5);
    listening.ack(10, true);
    harness.advance(60_000, 100);
    expect(listening.heard()).toEqual([]);
  });
});
