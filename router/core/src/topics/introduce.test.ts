import { FrameType, LinkCode } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { provider, unary } from "../testing/demo.ts";
import { Harness, type Peer, utf8 } from "../testing/harness.ts";
import { inWords, laneOf, onLane } from "../testing/lane-peer.ts";

const said = (peer: Peer) => peer.take().map(inWords);
const me = { id: 1 };

/** A publisher whose lane has come to `last`, its answers taken. */
function published(harness: Harness, last: number): Peer {
  const peer = harness.peer();
  peer.send(...laneOf(last, { sequence: 1, producer: me }));
  expect(said(peer)).toEqual([`${last} held at ${last}`]);
  return peer;
}

describe("lanes of one producer", () => {
  test("on a newer link take over, and the older is fenced", () => {
    const harness = new Harness();
    const older = published(harness, 2);
    const newer = harness.peer();
    newer.send(onLane({ sequence: 3, producer: me }));
    older.send(onLane({ sequence: 3 }), onLane({ sequence: 4 }));
    newer.send(onLane({ sequence: 4 }));
    expect([said(newer), said(older)]).toEqual([
      ["3 held at 3", "4 held at 4"],
      ["3 fenced", "4 fenced"],
    ]);
  });

  test("on an older link do not take over again, even when the newer one is gone", () => {
    const harness = new Harness();
    const older = harness.peer();
    published(harness, 2).kill();
    older.send(onLane({ sequence: 3, producer: me }));
    expect(said(older)).toEqual(["3 fenced"]);
  });

  test("on one link follow one another, and the older is over", () => {
    const harness = new Harness();
    const peer = published(harness, 2);
    peer.send(
      onLane({ sequence: 3 }),
      onLane({ sequence: 4, producer: me, stream: 3 }),
      onLane({ sequence: 5 }),
    );
    const answers = peer.take();
    expect(answers.map((answer) => `${answer.stream}: ${inWords(answer)}`)).toEqual([
      "1: 3 held at 3",
      "3: 4 held at 4",
    ]);
  });

  test("with a higher epoch begin anew, with a lower one are fenced", () => {
    const harness = new Harness();
    const first = published(harness, 5);
    const second = harness.peer();
    second.send(onLane({ sequence: 1, producer: { id: 1, epoch: 2 } }));
    expect(said(second)).toEqual(["1 held at 6"]);
    first.send(onLane({ sequence: 6 }));
    expect(said(first)).toEqual(["6 fenced"]);
    const third = harness.peer();
    third.send(onLane({ sequence: 6, producer: { id: 1, epoch: 1 } }), onLane({ sequence: 7 }));
    expect(said(third)).toEqual(["6 fenced", "7 fenced"]);
    second.send(onLane({ sequence: 2 }));
    expect(said(second)).toEqual(["2 held at 7"]);
  });

  test("too far from where it was are refused", () => {
    const harness = new Harness();
    published(harness, 2).kill();
    const peer = harness.peer();
    peer.send(onLane({ sequence: 3 + 2 ** 32, producer: me }));
    expect(said(peer)).toEqual(["3 out of order"]);
  });
});

describe("more lanes than streams are allowed", () => {
  test("are refused, and what follows on them is dropped", () => {
    const harness = new Harness({ limits: { streamsPerLink: 1 } });
    const peer = published(harness, 1);
    peer.send(...laneOf(3, { sequence: 1, producer: { id: 2 }, stream: 3 }));
    peer.send(onLane({ sequence: 2 }));
    expect(said(peer)).toEqual(["1 exhausted", "2 held at 2"]);
  });

  test("a lane is none of the peer's other streams", () => {
    const harness = new Harness();
    const peer = harness.peer().subscribe(1, "b");
    peer.take();
    peer.send(onLane({ sequence: 1, producer: me }));
    expect(harness.events.at(-1)).toMatchObject({ code: LinkCode.PROTOCOL_ERROR });
  });

  test("an even id is the router's", () => {
    const harness = new Harness();
    harness.peer().send(onLane({ sequence: 1, producer: me, stream: 2 }));
    expect(harness.events.at(-1)).toMatchObject({ code: LinkCode.PROTOCOL_ERROR });
  });
});

describe("draining", () => {
  test("lets lanes go on, answers what they sent, and ignores new ones", async () => {
    const harness = new Harness();
    provider(harness);
    const peer = published(harness, 1);
    peer.send(unary(7));
    const over = harness.router.drain(50);
    harness.turn();
    peer.send({ type: FrameType.PONG, payload: utf8("12345678") });
    peer.take();
    peer.send(
      onLane({ sequence: 1, producer: { id: 2 }, stream: 9 }),
      onLane({ sequence: 2, stream: 9 }),
      onLane({ sequence: 2 }),
    );
    harness.advance(100);
    await over;
    const types = peer.take();
    expect(types.filter(({ type }) => type === FrameType.PUBACK).map(inWords)).toEqual([
      "2 held at 2",
    ]);
  });
});
