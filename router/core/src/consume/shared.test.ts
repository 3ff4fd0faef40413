import { Code, packCode, Reason, type wire } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import type { Harness } from "../testing/harness.ts";
import { Listener, listener, Publisher, quietHarness } from "../testing/listener.ts";

const member = (harness: Harness, init: wire.SubscribeInit = {}, credit = 1024) =>
  listener(harness, "a", { qos: 1, group: "g", ...init }, credit);
const payloads = (to: Listener) => to.heard().map((line) => line.split(" ")[2]);

describe("a group", () => {
  test("shares: each message goes to the next member", () => {
    const harness = quietHarness();
    const members = [member(harness), member(harness), member(harness)];
    new Publisher(harness).run("a", 1, 6);
    expect(members.map(payloads)).toEqual([
      ["1", "4"],
      ["2", "5"],
      ["3", "6"],
    ]);
  });

  test("passes over members without credit or room, and waits when there is none with", () => {
    const harness = quietHarness();
    const poor = member(harness, {}, 1);
    const busy = member(harness, { maxUnacked: 2 });
    const publisher = new Publisher(harness);
    publisher.run("a", 1, 6);
    expect([payloads(poor), payloads(busy)]).toEqual([["1"], ["2", "3"]]);
    busy.ack(2, true);
    expect([payloads(poor), payloads(busy)]).toEqual([[], ["4", "5"]]);
    poor.grant(2);
    expect([payloads(poor), payloads(busy)]).toEqual([["6"], []]);
  });

  test("gets back what a member that is lost had not settled", () => {
    const harness = quietHarness();
    const [lost, left] = [member(harness), member(harness)];
    new Publisher(harness).run("a", 1, 4);
    lost.heard();
    left.heard();
    lost.ack(1);
    lost.peer.kill();
    expect(left.heard()).toEqual(["3 a@3 3 again 2"]);
  });

  test("passes nothing on inside a link that is lost: what its members had comes to others once", () => {
    const harness = quietHarness();
    const peer = harness.peer();
    for (let id = 1; id <= 15; id += 2) peer.subscribe(id, "a", { qos: 1, group: "g" });
    new Publisher(harness).run("a", 1, 8);
    const other = member(harness);
    peer.kill();
    expect(other.heard()).toHaveLength(8);
    new Publisher(harness).publish("a", "9");
    expect(other.heard()).toEqual(["9 a@9 9"]);
    harness.advance(30_100, 50);
    expect(
      other.heard().every((line) => line.endsWith("again 3") || line.endsWith("9 again 2")),
    ).toBe(true);
  });

  test("has nothing sent around when the router goes away", async () => {
    const harness = quietHarness();
    const members = [1, 2, 3, 4, 5, 6].map(() => member(harness));
    new Publisher(harness).run("a", 1, 6);
    for (const each of members) each.heard();
    const drained = harness.router.drain(1000);
    harness.advance(3000);
    await drained;
    for (const each of members) {
      const events = each.heard().filter((line) => line.includes("a@"));
      expect(events).toEqual([]);
    }
    expect(harness.router.stats).toMatchObject({ redelivered: 0, deadLettered: 0, timers: 0 });
  });

  test("refuses members that order otherwise, or that do not read from the store", () => {
    const harness = quietHarness();
    member(harness);
    const others = [{ qos: 1, ordering: 1 }, {}];
    for (const init of others) {
      const other = new Listener(harness.peer()).subscribe("a", { group: "g", ...init });
      expect(other.heard()).toEqual(["refused 9"]);
    }
    listener(harness, "b", { group: "g" });
    const late = new Listener(harness.peer()).subscribe("b", { group: "g", qos: 1 });
    expect(late.heard()).toEqual(["refused 9"]);
  });

  test("is forgotten with its last member", () => {
    const harness = quietHarness();
    const members = [member(harness), member(harness)];
    new Publisher(harness).publish("a", "1");
    for (const each of members) each.peer.kill();
    expect(harness.router.stats).toMatchObject({ subscriptions: 0, sharedCursors: 0 });
    expect(member(harness, { ordering: 1 }).heard()).toEqual([]);
  });
});

describe("a group ordered by key", () => {
  const keyed = (harness: Harness, init: wire.SubscribeInit = {}) =>
    member(harness, { ordering: 1, ...init });

  test("gives all of a key to one member, one at a time, and spreads keys", () => {
    const harness = quietHarness();
    const members = [keyed(harness), keyed(harness), keyed(harness)];
    const publisher = new Publisher(harness);
    for (let round = 0; round < 3; round++) {
      for (let key = 0; key < 30; key++) {
        publisher.publish("a", `${key}:${round}`, { key: `k${key}` });
      }
    }
    const got = members.map(() => new Map<string, string>());
    for (let round = 0; round < 3; round++) {
      members.forEach((each, at) => {
        const heard = payloads(each);
        for (const payload of heard) {
          const [key = "", count = ""] = (payload ?? "").split(":");
          expect(count).toBe(String(round));
          if (round > 0) expect(got[at]?.has(key)).toBe(true);
          got[at]?.set(key, count);
        }
        each.ack(heard.length * (round + 1), true);
      });
    }
    const owners = got.map((keys) => keys.size);
    expect(owners.reduce((sum, size) => sum + size, 0)).toBe(30);
    for (const size of owners) expect(size).toBeGreaterThan(3);
  });

  test("keeps the order of a key when a message of it comes again", () => {
    const harness = quietHarness();
    const only = keyed(harness);
    const publisher = new Publisher(harness);
    publisher.run("a", 1, 2, { key: "k" });
    publisher.publish("a", "other", { key: "l" });
    publisher.publish("a", "none");
    expect(only.heard()).toEqual(["1 a@1 1", "2 a@3 other", "3 a@4 none"]);
    only.nack(1, 1000);
    harness.advance(900);
    expect(only.heard()).toEqual([]);
    harness.advance(200);
    expect(only.heard()).toEqual(["4 a@1 1 again 2"]);
    only.ack(4);
    expect(only.heard()).toEqual(["5 a@2 2"]);
  });

  test("a key that moves waits for what its old member has", () => {
    const harness = quietHarness();
    const first = keyed(harness);
    const publisher = new Publisher(harness);
    const keys = Array.from({ length: 20 }, (_, at) => `k${at}`);
    for (const key of keys) publisher.publish("a", `${key}:1`, { key });
    expect(payloads(first)).toHaveLength(20);
    const second = keyed(harness);
    for (const key of keys) publisher.publish("a", `${key}:2`, { key });
    expect([payloads(first), payloads(second)]).toEqual([[], []]);
    first.ack(20, true);
    const [kept, moved] = [payloads(first), payloads(second)];
    expect(kept.length + moved.length).toBe(20);
    expect(moved.length).toBeGreaterThan(3);
    expect([...kept, ...moved].every((payload) => payload?.endsWith(":2") === true)).toBe(true);
  });

  test("gives what a lost member had to the others, in the order of each key", () => {
    const harness = quietHarness();
    const [lost, left] = [keyed(harness), keyed(harness)];
    const publisher = new Publisher(harness);
    for (let count = 1; count <= 2; count++) {
      for (let key = 0; key < 10; key++)
        publisher.publish("a", `${key}:${count}`, { key: `${key}` });
    }
    const had = payloads(lost);
    expect(had.length).toBeGreaterThan(0);
    left.heard();
    lost.peer.kill();
    expect(payloads(left)).toEqual(had);
  });

  test("reads no further when too many messages wait for their key, and goes on later", () => {
    const harness = quietHarness({ ringMessages: 5000 });
    const only = keyed(harness);
    const publisher = new Publisher(harness);
    only.grant(2000);
    publisher.run("a", 1, 1100, { key: "k" });
    publisher.publish("a", "free", { key: "l" });
    expect(payloads(only)).toEqual(["1"]);
    const heard = ["1"];
    for (let delivery = 1; delivery <= heard.length; delivery++) {
      only.ack(delivery);
      heard.push(...payloads(only).map((payload) => payload ?? ""));
    }
    // One is on its way and 1024 wait: the 75th ack makes room for the last of the key, and "free" needs none.
    expect(heard.indexOf("free")).toBe(76);
    expect(heard.filter((payload) => payload !== "free")).toEqual(
      Array.from({ length: 1100 }, (_, at) => String(at + 1)),
    );
  });
});

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
});
