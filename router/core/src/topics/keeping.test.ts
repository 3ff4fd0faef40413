import {
  Code,
  codeOf,
  encodeFrame,
  Flag,
  type FrameInit,
  FrameType,
  Reason,
  readPublishAck,
  reasonOf,
} from "@nexus-bridge/protocol";
import { createMemoryStore, type TopicLog, type TopicStore } from "@nexus-bridge/router-stores";
import { describe, expect, test } from "vitest";
import { Harness, type HarnessOptions, type Peer, text, utf8 } from "../testing/harness.ts";
import { inWords, laneOf, onLane } from "../testing/lane-peer.ts";
import type { EventMessage } from "./event.ts";

const publication = (topic: string, payload: string, more: Partial<FrameInit> = {}): FrameInit => ({
  type: FrameType.PUBLISH,
  payload: utf8(payload),
  ...more,
  meta: { name: topic, ...more.meta },
});

const retain = (topic: string, payload: string) =>
  publication(topic, payload, { flags: Flag.RETAIN });

const me = { id: 1 };
const limits = {
  ringMessages: 3,
  ringBytes: 1_000_000,
  ringAgeMs: 1000,
  retainedValues: 2,
  retainedBytes: 10_000,
};

/** A router whose store the test can look into. */
function routerWithStore(options: Partial<HarnessOptions> = {}, storeLimits = limits) {
  const store = createMemoryStore<EventMessage>({ epoch: 9, limits: storeLimits });
  return { store, harness: new Harness({ ...options, store }) };
}

const events = (peer: Peer) => peer.takeOf(FrameType.EVENT);
const positionsIn = (peer: Peer) =>
  events(peer).map(({ meta, payload }) => `${text(payload)} ${meta.position?.sequence ?? "-"}`);

function payloads(store: TopicStore<EventMessage>, topic: string): string[] {
  const log = store.find(topic);
  if (log === undefined) return [];
  return Array.from({ length: log.next - log.first }, (_, at) => kept(log, log.first + at));
}

function kept(log: TopicLog<EventMessage>, sequence: number): string {
  const message = log.at(sequence)?.message;
  return message === undefined ? "none" : text(message.bytes.subarray(message.start, message.end));
}

describe("positions", () => {
  test("begin with the first QoS 1 message of a topic, and count those of QoS 0 from then on", () => {
    const { harness, store } = routerWithStore();
    const listener = harness.peer().subscribe(1, "a");
    const publisher = harness.peer();
    publisher.send(publication("a", "0"));
    publisher.send(onLane({ sequence: 1, payload: "1", producer: me }));
    publisher.send(publication("a", "2"));
    expect(positionsIn(listener)).toEqual(["0 -", "1 1", "2 2"]);
    expect(payloads(store, "a")).toEqual(["1", "2"]);
    expect(harness.router.stats).toMatchObject({
      published: 3,
      stored: 2,
      keptMessages: 2,
      keptTopics: 1,
      retainedValues: 0,
    });
    expect(harness.router.stats.keptBytes).toBe(store.bytes);
  });

  test("name the epoch, and QoS 0 is what a QoS 0 subscription is given", () => {
    const { harness } = routerWithStore();
    const listener = harness.peer().subscribe(1, "a", { attributes: true });
    harness.peer().send(onLane({ sequence: 1, producer: me }));
    const [event] = events(listener);
    expect(event?.meta.position).toEqual({ epoch: 9, sequence: 1 });
    expect(event?.meta.ingressTime).toBe(1_700_000_000_000_000);
    expect((event?.class ?? 0) & 0x18).toBe(0);
    expect(event?.meta.producer).toBeUndefined();
  });

  test("are those of topics that the operator named, from the first message on", () => {
    const { harness, store } = routerWithStore({ rings: ["orders.>", "b"] });
    const publisher = harness.peer();
    const topics = ["orders.1", "orders", "b", "c"];
    publisher.send(...topics.map((topic) => publication(topic, topic)));
    expect(topics.map((topic) => payloads(store, topic))).toEqual([["orders.1"], [], ["b"], []]);
    harness.router.setRings(["c"]);
    publisher.send(...topics.map((topic) => publication(topic, "2")));
    expect(topics.map((topic) => payloads(store, topic))).toEqual([
      ["orders.1", "2"],
      [],
      ["b", "2"],
      ["2"],
    ]);
  });

  test("begin anew, with another epoch, where nothing is kept any more", () => {
    const { harness } = routerWithStore({ rings: ["a"] });
    const listener = harness.peer().subscribe(1, "a");
    const publisher = harness.peer();
    publisher.send(publication("a", "1"));
    harness.advance(2500, 500);
    publisher.send(publication("a", "2"));
    const positions = events(listener).map(({ meta }) => meta.position);
    expect(positions.map((position) => position?.sequence)).toEqual([1, 1]);
    expect(positions[1]?.epoch).toBeGreaterThan(positions[0]?.epoch ?? 0);
    expect(harness.router.stats.keptMessages).toBe(1);
  });

  test("have an epoch that is drawn, so that a router that is back at once repeats none", () => {
    const epochs = [0, 0.25, 0.999999999].map((drawn) => {
      const harness = new Harness({ random: () => drawn });
      const listener = harness.peer().subscribe(1, "a");
      harness.peer().send(onLane({ sequence: 1, producer: me }));
      return events(listener)[0]?.meta.position?.epoch ?? 0;
    });
    expect(epochs).toEqual([1, 0x40000000, 0xfffffffb]);
  });
});

describe("what is kept", () => {
  test("outlives the bytes it came in", () => {
    const { harness, store } = routerWithStore();
    const publisher = harness.peer();
    publisher.send(...laneOf(1, { sequence: 1, payload: "first", producer: me }));
    publisher.send(publication("b", "x".repeat(60_000)), publication("b", "y".repeat(60_000)));
    expect(payloads(store, "a")).toEqual(["first"]);
  });

  test("is undamaged: a wrong checksum is refused, on stream 0 too", () => {
    const { harness, store } = routerWithStore({ rings: ["a"] });
    const listener = harness.peer().subscribe(1, "a");
    const frame = encodeFrame(publication("a", "xyz"));
    frame[frame.length - 1] = 0;
    const publisher = harness.peer();
    publisher.raw(frame);
    const [answer] = publisher.take();
    const read = readPublishAck(new DataView(answer?.payload.buffer ?? new ArrayBuffer(0)), 0, 14);
    const code = read.kind === "payload" ? read.payload.code : 0;
    expect([codeOf(code), reasonOf(code)]).toEqual([Code.DATA_LOSS, Reason.PAYLOAD_CRC]);
    expect([events(listener), payloads(store, "a")]).toEqual([[], []]);
  });

  test("is refused where who holds the ring has not settled it", () => {
    const { harness, store } = routerWithStore();
    const listener = harness.peer().subscribe(1, "a");
    const publisher = harness.peer();
    publisher.send(...laneOf(2, { sequence: 1, producer: me }));
    const pin = store.find("a")?.pin(1);
    publisher.take();
    publisher.send(onLane({ sequence: 3 }), onLane({ sequence: 4 }), onLane({ sequence: 5 }));
    expect(publisher.take().map(inWords)).toEqual(["3 held at 3", "4 exhausted", "5 out of order"]);
    expect(events(listener)).toHaveLength(3);
    expect(harness.events.at(-1)).toMatchObject({
      kind: "refused",
      stream: 1,
      what: "publish a",
      code: Code.RESOURCE_EXHAUSTED,
    });
    publisher.send(publication("a", "QoS 0"));
    expect([publisher.take(), events(listener)]).toEqual([[], []]);
    harness.advance(1000);
    publisher.send(publication("a", "QoS 0"));
    expect(publisher.take()).toMatchObject([{ type: FrameType.PUBACK, stream: 0, route: 0 }]);
    pin?.release();
    publisher.send(onLane({ sequence: 4 }));
    expect(publisher.take().map(inWords)).toEqual(["4 held at 4"]);
    expect(harness.router.stats.publishesRefused).toBe(3);
  });
});

describe("retained values", () => {
  const retainedIn = (store: TopicStore<EventMessage>, topic: string) => {
    const value = store.find(topic)?.retained;
    return value === undefined
      ? undefined
      : [
          text(value.message.bytes.subarray(value.message.start, value.message.end)),
          value.sequence,
        ];
  };

  test("are the last message with RETAIN, whose event does not say so", () => {
    const { harness, store } = routerWithStore();
    const listener = harness.peer().subscribe(1, "a");
    const publisher = harness.peer();
    publisher.send(retain("a", "1"), publication("a", "2"), retain("a", "3"));
    publisher.send(onLane({ sequence: 1, payload: "4", producer: me }));
    expect(retainedIn(store, "a")).toEqual(["3", 3]);
    publisher.send(onLane({ sequence: 2, payload: "5", more: { flags: Flag.RETAIN } }));
    expect(retainedIn(store, "a")).toEqual(["5", 5]);
    expect(payloads(store, "a")).toEqual(["4", "5"]);
    const seen = events(listener);
    expect(seen.map(({ meta }) => meta.position?.sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(seen.every(({ flags }) => (flags & Flag.RETAIN) === 0)).toBe(true);
  });

  test("are cleared by an empty one; where there is none that makes no topic kept", () => {
    const { harness, store } = routerWithStore();
    const listener = harness.peer().subscribe(1, "*");
    const publisher = harness.peer();
    publisher.send(retain("a", "1"), retain("a", ""), retain("b", ""));
    expect(positionsIn(listener)).toEqual(["1 1", " 2", " -"]);
    expect([store.retainedCount, store.size]).toEqual([0, 1]);
    harness.advance(1500, 500);
    expect(store.size).toBe(0);
  });

  test("above their limit are refused whole", () => {
    const { harness, store } = routerWithStore();
    const listener = harness.peer().subscribe(1, "*");
    const publisher = harness.peer();
    publisher.send(retain("a", "1"), retain("b", "1"), retain("c", "1"), retain("a", "2"));
    expect(publisher.take()).toMatchObject([{ type: FrameType.PUBACK, meta: { name: "c" } }]);
    publisher.send(retain("a", "x".repeat(20_000)));
    expect(publisher.take()).toMatchObject([{ type: FrameType.PUBACK, meta: { name: "a" } }]);
    expect(positionsIn(listener)).toEqual(["1 1", "1 1", "2 2"]);
    expect(retainedIn(store, "a")).toEqual(["2", 2]);
    harness.advance(1500, 500);
    expect(store.find("c")).toBeUndefined();
  });
});

describe("messages of the router's own", () => {
  test("reach who asked for them by name, and are kept with QoS 1", () => {
    const { harness, store } = routerWithStore();
    const listener = harness.peer().subscribe(1, "$dead.a");
    const other = harness.peer().subscribe(1, ">");
    expect(harness.router.publish("$dead.a", utf8("0"), 0)).toBe(true);
    expect(harness.router.publish("$dead.a", utf8("1"), 1)).toBe(true);
    harness.turn();
    expect(positionsIn(listener)).toEqual(["0 -", "1 1"]);
    expect([events(other), payloads(store, "$dead.a")]).toEqual([[], ["1"]]);
  });

  test("may have one token more than others", () => {
    const { harness } = routerWithStore();
    const topic = `$dead.${Array.from({ length: 16 }, () => "t").join(".")}`;
    const listener = harness.peer().subscribe(1, "$dead.>");
    harness.router.publish(topic, utf8("x"), 1);
    harness.turn();
    expect(positionsIn(listener)).toEqual(["x 1"]);
  });

  test("find no room like others", () => {
    const { harness } = routerWithStore({}, { ...limits, ringBytes: 100 });
    expect(harness.router.publish("$dead.a", utf8("x"), 1)).toBe(false);
  });
});
