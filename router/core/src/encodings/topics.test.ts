import { Code, Flag, type FrameInit, FrameType } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import {
  both,
  encodings,
  expectIntact,
  json,
  only,
  packed,
  plain,
  ZLIB,
  zlib,
} from "../testing/encodings.ts";
import { Harness, text, utf8 } from "../testing/harness.ts";
import { inWords, onLane } from "../testing/lane-peer.ts";

describe("an encoded message of a topic", () => {
  const publish = (topic: string, more: Partial<FrameInit>): FrameInit => ({
    type: FrameType.PUBLISH,
    meta: { name: topic },
    ...more,
  });

  function audience(topic: string) {
    const harness = new Harness({ encodings });
    const peers = [plain, zlib, json, both].map((init) => {
      const peer = harness.peer(init).subscribe(1, topic);
      peer.take();
      return peer;
    });
    return { harness, peers, publisher: harness.peer(both) };
  }

  test("reaches each as it reads it", () => {
    const { peers, publisher } = audience("known.a");
    const payload = utf8('{"text":"hi"}');
    publisher.send(publish("known.a", { flags: Flag.JSON, payload }));
    const events = peers.map((peer) => only(peer, FrameType.EVENT));
    expect(events.map((event) => text(event.payload))).toEqual([
      "hi",
      "hi",
      '{"text":"hi"}',
      '{"text":"hi"}',
    ]);
    for (const event of events) expectIntact(event);
  });

  test("is a gap for who cannot be given it, in its place", () => {
    const { peers, publisher } = audience("other.a");
    publisher.send(publish("other.a", { payload: utf8("1") }));
    publisher.send(publish("other.a", { flags: Flag.JSON, payload: utf8("{}") }));
    publisher.send(publish("other.a", { payload: utf8("2") }));
    const kinds = peers.map((peer) =>
      peer
        .take()
        .filter(({ type }) => type !== FrameType.ALIAS)
        .map(({ type, payload }) => (type === FrameType.GAP ? payload[24] : text(payload))),
    );
    expect(kinds).toEqual([
      ["1", 5, "2"],
      ["1", 5, "2"],
      ["1", "{}", "2"],
      ["1", "{}", "2"],
    ]);
  });

  test("is inflated at most to a frame", () => {
    const { peers, publisher } = audience("other.a");
    publisher.send(publish("other.a", { class: ZLIB, payload: packed(5) }));
    publisher.send(publish("other.a", { class: ZLIB, payload: new Uint8Array(2000).fill(255) }));
    const types = peers.map((peer) =>
      peer
        .take()
        .filter(({ type }) => type !== FrameType.ALIAS)
        .map(({ type, payload }) => [type, payload.length]),
    );
    expect(types[0]).toEqual([
      [FrameType.EVENT, 500],
      [FrameType.GAP, 25],
    ]);
    expect(types[1]).toEqual([
      [FrameType.EVENT, 2],
      [FrameType.EVENT, 2000],
    ]);
  });

  test("is refused where its publisher did not agree on it", () => {
    const { harness, peers } = audience("known.a");
    const publisher = harness.peer();
    publisher.send(publish("known.a", { flags: Flag.JSON, payload: utf8("{}") }));
    const refusal = only(publisher, FrameType.PUBACK);
    expect(new DataView(refusal.payload.slice().buffer).getUint16(0)).toBe(Code.UNIMPLEMENTED);
    expect(peers.flatMap((peer) => peer.take())).toEqual([]);
  });

  test("is kept plain, so that whoever comes later reads it", () => {
    const { peers, publisher } = audience("known.a");
    const payload = utf8('{"text":"kept"}');
    publisher.send(publish("known.a", { flags: Flag.JSON | Flag.RETAIN, payload }));
    expect(publisher.takeOf(FrameType.PUBACK)).toEqual([]);
    for (const peer of peers) expect(text(only(peer, FrameType.EVENT).payload)).toBe("kept");
    publisher.send(publish("other.b", { flags: Flag.JSON | Flag.RETAIN, payload }));
    const refusal = only(publisher, FrameType.PUBACK);
    expect(new DataView(refusal.payload.slice().buffer).getUint16(0)).toBe(Code.UNIMPLEMENTED);
  });

  test("waits on a lane until its publisher has paid for the ones before", () => {
    const harness = new Harness({ encodings, limits: { translatedBytesPerSecond: 65_536 } });
    const publisher = harness.peer(json);
    const payload = JSON.stringify({ text: "a".repeat(20_000) });
    const send = (sequence: number, producer?: { id: number }) => {
      const more = { flags: Flag.JSON };
      const topic = "known.a";
      publisher.send(onLane({ sequence, topic, payload, more, ...(producer && { producer }) }));
      return publisher.take().map(inWords);
    };
    expect(send(1, { id: 1 })).toEqual(["1 held at 1"]);
    expect(send(2)).toEqual(["2 exhausted"]);
    harness.advance(3000);
    expect(send(2)).toEqual(["2 held at 2"]);
  });

  test("costs its publisher something, however small it is", () => {
    const harness = new Harness({ encodings, limits: { translatedBytesPerSecond: 65_536 } });
    harness.peer().subscribe(1, "known.a");
    const publisher = harness.peer(json);
    const payload = utf8('{"text":""}');
    const meta = { name: "known.a" };
    const message = { type: FrameType.PUBLISH, flags: Flag.JSON, payload, meta };
    publisher.send(...Array.from({ length: 1000 }, () => message));
    const { delivered, dropped } = harness.router.stats;
    expect(delivered).toBeGreaterThan(100);
    expect(delivered).toBeLessThan(300);
    expect(delivered + dropped).toBe(1000);
  });
});
