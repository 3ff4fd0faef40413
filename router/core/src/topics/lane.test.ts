import {
  encodeFrame,
  Flag,
  type FrameInit,
  FrameType,
  frameClass,
  LinkCode,
} from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { bind } from "../testing/demo.ts";
import { Harness, type Peer } from "../testing/harness.ts";
import { inWords, laneOf, onLane } from "../testing/lane-peer.ts";

const said = (peer: Peer) => peer.take().map(inWords);
const me = { id: 1 };

/** A publisher whose lane has come to `last`, its answers taken. */
function published(harness: Harness, last: number, stream = 1): Peer {
  const peer = harness.peer();
  peer.send(...laneOf(last, { sequence: 1, producer: me, stream }));
  expect(said(peer)).toEqual([`${last} held at ${last}`]);
  return peer;
}

describe("the next message of a lane at 3", () => {
  const rows: readonly [what: string, frame: FrameInit, answer: string, after: string][] = [
    ["is held", onLane({ sequence: 4 }), "4 held at 4", "5 held at 5"],
    ["is held when empty", onLane({ sequence: 4, payload: "" }), "4 held at 4", "5 held at 5"],
    [
      "may name its producer again",
      onLane({ sequence: 4, producer: { id: 1 } }),
      "4 held at 4",
      "5 held at 5",
    ],
    [
      "is of one producer",
      onLane({ sequence: 4, producer: { id: 2 } }),
      "4 invalid",
      "5 held at 4",
    ],
    ["needs a topic", onLane({ sequence: 4, topic: "a..b" }), "4 invalid", "5 held at 4"],
    ["has no wildcards", onLane({ sequence: 4, topic: "a.*" }), "4 invalid", "5 held at 4"],
    ["is not a router's", onLane({ sequence: 4, topic: "$sys.a" }), "4 denied", "5 held at 4"],
    [
      "has the lane's priority",
      onLane({ sequence: 4, more: { class: frameClass(5, 1) } }),
      "4 invalid",
      "5 held at 4",
    ],
    [
      "has the lane's QoS",
      onLane({ sequence: 4, more: { class: frameClass(4, 2) } }),
      "4 invalid",
      "5 held at 4",
    ],
    [
      "has a codec that was agreed on",
      onLane({ sequence: 4, more: { class: frameClass(4, 1, 2) } }),
      "4 unimplemented",
      "5 held at 4",
    ],
    [
      "is refused with hops used up, and may come again",
      onLane({ sequence: 4, more: { hops: 0 } }),
      "4 unavailable",
      "5 out of order",
    ],
    [
      "is refused with an unbound alias",
      { ...onLane({ sequence: 4 }), meta: {}, route: 9 },
      "4 invalid",
      "5 held at 4",
    ],
    ["is the next one", onLane({ sequence: 5 }), "5 out of order", "5 out of order"],
    ["is not far ahead", onLane({ sequence: 1000 }), "1000 out of order", "5 out of order"],
    ["is not an old one", onLane({ sequence: 2 }), "2 duplicate at 2", "5 out of order"],
    ["is not the last", onLane({ sequence: 3 }), "3 duplicate at 3", "5 out of order"],
    [
      "is not an old one, whatever is wrong with it",
      onLane({ sequence: 2, topic: "$x" }),
      "2 duplicate at 2",
      "5 out of order",
    ],
    ["has a sequence of its own", onLane({ sequence: 0 }), "0 duplicate", "5 out of order"],
  ];
  test.each(rows)("%s", (_, frame, answer, after) => {
    const harness = new Harness();
    const peer = published(harness, 3);
    peer.send(frame);
    expect(said(peer)).toEqual([answer]);
    peer.send(onLane({ sequence: 5 }));
    expect(said(peer)).toEqual([after]);
  });

  test("is not stored with a damaged payload, and may come again", () => {
    const harness = new Harness();
    const peer = published(harness, 3);
    const frame = onLane({ sequence: 4, payload: "abc" });
    const damaged = encodeFrame(frame);
    damaged[damaged.length - 1] = 0;
    peer.raw(damaged);
    peer.send(frame);
    expect(said(peer)).toEqual(["4 data loss", "4 held at 4"]);
  });

  test("may use an alias", () => {
    const harness = new Harness();
    const peer = published(harness, 3);
    peer.send(bind(7, "a"), { ...onLane({ sequence: 4 }), meta: {}, route: 7 });
    expect(said(peer)).toEqual(["4 held at 4"]);
  });
});

describe("the first message of a lane", () => {
  const rows: readonly [what: string, frame: FrameInit, answer: string][] = [
    ["begins anywhere", onLane({ sequence: 77, producer: me }), "77 held at 1"],
    [
      "begins anywhere, up to 2^53",
      onLane({ sequence: Number.MAX_SAFE_INTEGER, producer: me }),
      "4294967295 held at 1",
    ],
    ["names its producer", onLane({ sequence: 1 }), "1 invalid"],
    [
      "has arg as its sequence's low half",
      { ...onLane({ sequence: 1, producer: me }), arg: 2 },
      "2 invalid",
    ],
    [
      "is not of QoS 0",
      onLane({ sequence: 1, producer: me, more: { class: frameClass(4, 0) } }),
      "1 invalid",
    ],
    [
      "is not of QoS 2",
      onLane({ sequence: 1, producer: me, more: { class: frameClass(4, 2) } }),
      "1 unimplemented",
    ],
    [
      "says nothing that is a router's",
      onLane({
        sequence: 1,
        producer: me,
        more: { meta: { position: { epoch: 1, sequence: 1 } } },
      }),
      "1 invalid",
    ],
  ];
  test.each(rows)("%s", (_, frame, answer) => {
    const peer = new Harness().peer();
    peer.send(frame);
    expect(said(peer)).toEqual([answer]);
  });

  test("may come again after it was refused", () => {
    const peer = new Harness().peer();
    peer.send(onLane({ sequence: 1 }), onLane({ sequence: 1, producer: me }));
    expect(said(peer)).toEqual(["1 invalid", "1 held at 1"]);
  });
});

describe("answers", () => {
  test("for what is held are one a turn, also over several topics", () => {
    const harness = new Harness();
    const peer = harness.peer();
    peer.send(
      onLane({ sequence: 1, topic: "a", producer: me }),
      onLane({ sequence: 2, topic: "b" }),
      onLane({ sequence: 3, topic: "a" }),
    );
    const [answer, ...others] = peer.take();
    expect(others).toEqual([]);
    expect(answer).toMatchObject({ stream: 1, route: 0, class: frameClass(4, 1) });
    expect(answer === undefined ? "" : inWords(answer)).toBe("3 held at 2");
  });

  test("for what is refused come between those for what is held", () => {
    const peer = new Harness().peer();
    peer.send(
      ...laneOf(2, { sequence: 1, producer: me }),
      onLane({ sequence: 3, topic: "$x" }),
      onLane({ sequence: 4 }),
      onLane({ sequence: 4 }),
      onLane({ sequence: 5 }),
    );
    expect(said(peer)).toEqual([
      "2 held at 2",
      "3 denied",
      "4 held at 3",
      "4 duplicate at 3",
      "5 held at 4",
    ]);
  });

  test("that were lost are given again: a refusal does not turn into a duplicate", () => {
    const harness = new Harness();
    const peer = published(harness, 1);
    peer.send(onLane({ sequence: 2, topic: "$x" }), onLane({ sequence: 3 }));
    peer.kill();
    peer.take();
    const again = harness.peer();
    again.send(...laneOf(3, { sequence: 1, producer: me }));
    expect(said(again)).toEqual(["1 duplicate at 1", "2 denied", "3 duplicate at 2"]);
  });

  test("know the positions of the last 1024 messages, and of those that fit", () => {
    const harness = new Harness({ limits: { lanePositions: 1040 } });
    const peer = harness.peer();
    for (let at = 0; at < 4; at++) {
      peer.send(
        ...Array.from({ length: 300 }, (_, each) => {
          const sequence = 1 + at * 300 + each;
          return onLane(sequence === 1 ? { sequence, producer: me } : { sequence });
        }),
      );
    }
    peer.take();
    peer.send(...[1, 176, 177, 1200].map((sequence) => onLane({ sequence })));
    expect(said(peer)).toEqual([
      "1 duplicate",
      "176 duplicate",
      "177 duplicate at 177",
      "1200 duplicate at 1200",
    ]);
    // Others need the room: who holds it for the longest gives way.
    const other = harness.peer();
    other.send(...laneOf(20, { sequence: 1, producer: { id: 2 }, topic: "b" }));
    other.take();
    peer.send(onLane({ sequence: 1200 }));
    expect(said(peer)).toEqual(["1200 duplicate"]);
  });

  test("count from one topic each, with sequences above 2^32", () => {
    const peer = new Harness().peer();
    const sequence = 2 ** 32 - 2;
    peer.send(...laneOf(4, { sequence, producer: me }));
    peer.send(onLane({ sequence: 2 ** 32 - 1 }));
    expect(said(peer)).toEqual(["1 held at 4", "4294967295 duplicate at 2"]);
  });
});

describe("a lane's window", () => {
  test("is 1024 messages: what is beyond is refused, and may come again", () => {
    const peer = new Harness().peer();
    peer.send(...laneOf(1026, { sequence: 1, producer: me }));
    expect(said(peer)).toEqual(["1024 held at 1024", "1025 exhausted", "1026 out of order"]);
    peer.send(onLane({ sequence: 1025 }), onLane({ sequence: 1026 }));
    expect(said(peer)).toEqual(["1026 held at 1026"]);
  });

  test("is 8 MiB", () => {
    const peer = new Harness().peer();
    const payload = "x".repeat(1024 * 1024 - 1);
    // In one turn: the answers to what came before have not left.
    const frames = laneOf(9, { sequence: 1, payload, producer: me });
    peer.send(...frames);
    expect(said(peer)).toEqual(["8 held at 8", "9 exhausted"]);
  });
});

describe("a lane's end", () => {
  test("is its PUBLISH with END, whatever that is answered", () => {
    const harness = new Harness();
    const peer = published(harness, 1);
    peer.send(
      onLane({ sequence: 2 }),
      onLane({ sequence: 3, topic: "$x", more: { flags: Flag.END } }),
    );
    expect(said(peer)).toEqual(["2 held at 2", "3 denied"]);
    peer.send(onLane({ sequence: 4 }));
    expect(said(peer)).toEqual([]);
    peer.send(onLane({ sequence: 4, stream: 3, producer: me }));
    expect(said(peer)).toEqual(["4 held at 3"]);
    peer.send(onLane({ sequence: 5, producer: me }));
    expect(harness.events.at(-1)).toMatchObject({ code: LinkCode.PROTOCOL_ERROR });
  });

  test("says what it owes", () => {
    const peer = new Harness().peer();
    peer.send(
      onLane({ sequence: 1, producer: me }),
      onLane({ sequence: 2, more: { flags: Flag.END } }),
    );
    expect(said(peer)).toEqual(["2 held at 2"]);
  });

  test("with its link leaves the rest to the next lane", () => {
    const harness = new Harness();
    published(harness, 2).kill();
    const peer = harness.peer();
    peer.send(...laneOf(3, { sequence: 2, producer: me, stream: 5 }));
    expect(said(peer)).toEqual(["2 duplicate at 2", "4 held at 4"]);
  });

  test("leaves nothing where too many producers came after", () => {
    const harness = new Harness({ limits: { lanesRemembered: 2 } });
    published(harness, 2).kill();
    for (const id of [2, 3]) {
      const peer = harness.peer();
      peer.send(onLane({ sequence: 1, producer: { id } }));
      peer.kill();
    }
    const peer = harness.peer();
    peer.send(onLane({ sequence: 2, producer: me }));
    expect(said(peer)).toEqual(["2 held at 5"]);
    expect(harness.router.stats.producers).toBe(3);
  });

  test("with its link's fault answers what was taken first", () => {
    const harness = new Harness();
    const peer = harness.peer();
    peer.send(onLane({ sequence: 1, producer: me }), { type: FrameType.WELCOME });
    expect(peer.take().map(({ type }) => type)).toEqual([FrameType.PUBACK, FrameType.ERROR]);
  });
});
