import { encodeFrame, FrameType, wire } from "@nexus-bridge/protocol";
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

describe("members that come to a large group with many keys", () => {
  test("wait for their share of a turn, since every key looks for its member anew", () => {
    const harness = quietHarness();
    const crowd = harness.peer();
    const init = { pattern: "a", qos: 1, group: "g", ordering: 1 };
    for (let id = 1; id < 400; id += 2) crowd.subscribe(id, "a", init);
    const publisher = new Publisher(harness);
    for (let at = 0; at < 1000; at++) publisher.publish("a", "x", { key: String(at) });
    const late = harness.peer();
    let pauses = 0;
    late.channel.pause = () => void pauses++;
    const payload = wire.Subscribe.encode(init);
    const ask = (stream: number) =>
      encodeFrame({ type: FrameType.SUBSCRIBE, stream, arg: 1, payload });
    late.post(ask(1), ask(3));
    expect(pauses).toBe(0);
    late.post(...Array.from({ length: 10 }, (_, at) => ask(5 + 2 * at)));
    expect(pauses).toBe(1);
    harness.turn();
    expect(late.takeOf(FrameType.SUBSCRIBED)).toHaveLength(12);
  });
});
