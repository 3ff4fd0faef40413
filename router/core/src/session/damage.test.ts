import {
  Code,
  EventAckKind,
  encodeCredit,
  encodeEventAck,
  encodeFrame,
  encodeReplay,
  type FrameInit,
  FrameType,
  LinkCode,
  readPublishAck,
  Tag,
  wire,
} from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { bind, Method, provider, unary } from "../testing/demo.ts";
import { expectError } from "../testing/expect-error.ts";
import { Harness, utf8 } from "../testing/harness.ts";

const SUBSCRIPTION = 1;
const CALL = 3;

/** Frames that the router itself acts on, right but for one bit of their payload. */
const acted: readonly (readonly [name: string, frame: FrameInit])[] = [
  ["GOAWAY", { type: FrameType.GOAWAY, payload: wire.GoAway.encode({ lastStream: 0xffffffff }) }],
  [
    "SUBSCRIBE",
    { type: FrameType.SUBSCRIBE, stream: 5, payload: wire.Subscribe.encode({ pattern: "a" }) },
  ],
  [
    "REGISTER",
    {
      type: FrameType.REGISTER,
      stream: 5,
      payload: wire.Register.encode({ service: "a.B", methods: [{ name: "C", kind: 1 }] }),
    },
  ],
  [
    "CREDIT of a subscription",
    {
      type: FrameType.CREDIT,
      stream: SUBSCRIPTION,
      payload: encodeCredit({ messages: 9, bytes: 0 }),
    },
  ],
  [
    "CREDIT of a call",
    { type: FrameType.CREDIT, stream: CALL, payload: encodeCredit({ messages: 64, bytes: 65536 }) },
  ],
  [
    "EVACK",
    {
      type: FrameType.EVACK,
      stream: SUBSCRIPTION,
      arg: 0,
      payload: encodeEventAck({ kind: EventAckKind.ACK, delayMs: 0 }),
    },
  ],
  [
    "REPLAY",
    {
      type: FrameType.REPLAY,
      stream: SUBSCRIPTION,
      meta: { name: "t" },
      payload: encodeReplay({ epoch: 1, from: 1, to: 1, most: 1 }),
    },
  ],
];

describe("a payload that is not what its sender wrote", () => {
  test.each(acted)("ends the link: %s", (_name, frame) => {
    const harness = new Harness();
    provider(harness);
    const peer = harness.peer().subscribe(SUBSCRIPTION, "t");
    peer.send(unary(CALL));
    peer.take();
    const bytes = encodeFrame(frame);
    peer.raw(bytes.with(bytes.length - 1, (bytes.at(-1) ?? 0) ^ 1));
    expectError(peer, LinkCode.PROTOCOL_ERROR);
  });
});

const pair = (key: string, ...value: readonly number[]): Uint8Array =>
  Uint8Array.from([key.length, ...utf8(key), ...value]);

/** Fields whose row is sound and whose value is not. */
const values: readonly (readonly [name: string, tag: number, value: Uint8Array])[] = [
  ["a trace of 24 bytes", Tag.TRACE, new Uint8Array(24)],
  ["a trace state that is not UTF-8", Tag.TRACESTATE, Uint8Array.of(0xff)],
  ["a user key in capitals", Tag.USER, pair("Team", 0x61)],
  ["an empty user key", Tag.USER, pair("", 0x61)],
  ["a user key that is longer than its pair", Tag.USER, Uint8Array.of(9, 0x61)],
  ["a user value that is not UTF-8", Tag.USER, pair("team", 0xc3)],
  ["an idempotency key of 65 bytes", Tag.IDEMPOTENCY_KEY, new Uint8Array(65)],
  ["an ordering key of 256 bytes", Tag.ORDERING_KEY, new Uint8Array(256)],
  ["an attempt of 2 bytes", Tag.ATTEMPT, new Uint8Array(2)],
  ["a content type that is not UTF-8", Tag.CONTENT_TYPE, Uint8Array.of(0xed, 0xa0, 0x80)],
];

describe.each(values)("meta with %s", (_name, tag, value) => {
  const unknown = [{ tag, critical: false, value }];

  test("is refused with the call, which its provider never sees", () => {
    const harness = new Harness();
    const server = provider(harness);
    const peer = harness.peer();
    peer.send(unary(1, { meta: { name: Method.SAY, unknown } }));
    expect(peer.take()).toMatchObject([{ type: FrameType.STATUS, arg: Code.INVALID_ARGUMENT }]);
    expect(server.take()).toEqual([]);
  });

  test("is refused with the message, which no subscriber sees", () => {
    const harness = new Harness();
    const reader = harness.peer().subscribe(1, "t");
    reader.take();
    const peer = harness.peer();
    const payload = utf8("x");
    peer.send({ type: FrameType.PUBLISH, meta: { name: "t", unknown }, payload });
    const [answer] = peer.takeOf(FrameType.PUBACK);
    const bytes = answer?.payload ?? utf8("");
    const read = readPublishAck(new DataView(bytes.buffer), 0, bytes.length);
    expect(read).toMatchObject({ payload: { code: Code.INVALID_ARGUMENT } });
    expect(reader.take()).toEqual([]);
  });

  test("ends the link on ALIAS", () => {
    const peer = new Harness().peer();
    peer.send({ ...bind(1, "a"), meta: { name: "a", unknown } });
    expectError(peer, LinkCode.PROTOCOL_ERROR);
  });
});

test("a user value in bytes may be anything", () => {
  const harness = new Harness();
  const server = provider(harness);
  const unknown = [{ tag: Tag.USER, critical: false, value: pair("team-bin", 0xc3) }];
  harness.peer().send(unary(1, { meta: { name: Method.SAY, unknown } }));
  expect(server.takeOf(FrameType.OPEN)).toHaveLength(1);
});
