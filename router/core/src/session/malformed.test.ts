import {
  Code,
  decodeHeader,
  encodeFrame,
  encodeHeader,
  Flag,
  type FrameHeader,
  type FrameInit,
  FrameType,
  frameClass,
  LinkCode,
  type wire,
} from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { bind, Method, open, provider, SERVICE, unary } from "../testing/demo.ts";
import { expectError } from "../testing/expect-error.ts";
import { Harness, utf8 } from "../testing/harness.ts";

/** A frame with its header fields changed after it was built, and sealed anew. */
function bent(init: FrameInit, change: Partial<FrameHeader>): Uint8Array {
  const bytes = encodeFrame(init);
  const view = new DataView(bytes.buffer);
  encodeHeader(bytes, view, 0, { ...decodeHeader(view), ...change });
  return bytes;
}

describe("malformed frames end the link", () => {
  const ping: FrameInit = { type: FrameType.PING, payload: new Uint8Array(8) };
  const data: FrameInit = { type: FrameType.DATA, stream: 1, payload: utf8("x") };
  test.each([
    ["a wrong header CRC", encodeFrame(ping).with(31, 1), LinkCode.HEADER_CRC],
    ["another major", bent(ping, { version: 0x20 }), LinkCode.UNSUPPORTED_VERSION],
    ["a length over the limit", bent(ping, { length: 1024 * 1024 + 1 }), LinkCode.FRAME_TOO_LARGE],
    ["meta longer than the frame", bent(ping, { metaLength: 9 }), LinkCode.PROTOCOL_ERROR],
    ["meta of 3 bytes", bent(ping, { metaLength: 3 }), LinkCode.PROTOCOL_ERROR],
    ["an unknown type", bent({ ...ping, stream: 0 }, { type: 0x7f }), LinkCode.UNKNOWN_TYPE],
    ["a reserved flag on a link frame", bent(ping, { flags: 8 }), LinkCode.PROTOCOL_ERROR],
    ["a link frame on a stream", bent(ping, { stream: 1 }), LinkCode.PROTOCOL_ERROR],
    ["DATA on stream 0", bent(data, { stream: 0 }), LinkCode.PROTOCOL_ERROR],
    ["DATA ahead of all streams", encodeFrame(data), LinkCode.PROTOCOL_ERROR],
    [
      "DATA on the router's parity, never opened",
      encodeFrame({ ...data, stream: 2 }),
      LinkCode.PROTOCOL_ERROR,
    ],
    ["OPEN with the router's parity", encodeFrame(unary(2)), LinkCode.PROTOCOL_ERROR],
    ["OPEN without PCRC", bent(unary(1), { flags: Flag.END }), LinkCode.PROTOCOL_ERROR],
    [
      "CANCEL with MORE",
      bent({ type: FrameType.CANCEL, stream: 1 }, { flags: 2 }),
      LinkCode.PROTOCOL_ERROR,
    ],
    [
      "a frame for clients",
      encodeFrame({ type: FrameType.EVENT, stream: 1 }),
      LinkCode.PROTOCOL_ERROR,
    ],
    ["AUTH", encodeFrame({ type: 0x03 }), LinkCode.PROTOCOL_ERROR],
    ["alias 0", encodeFrame(bind(0, "a")), LinkCode.ALIAS_ERROR],
    ["alias 4097", encodeFrame(bind(4097, "a")), LinkCode.ALIAS_ERROR],
    [
      "an alias freed that is not bound",
      encodeFrame({ type: FrameType.ALIAS, route: 1, arg: 1 }),
      LinkCode.ALIAS_ERROR,
    ],
    [
      "PING of 7 bytes",
      encodeFrame({ ...ping, payload: new Uint8Array(7) }),
      LinkCode.PROTOCOL_ERROR,
    ],
    [
      "a REGISTER that cannot be decoded",
      encodeFrame({ type: FrameType.REGISTER, stream: 1, payload: utf8("\xff") }),
      LinkCode.PROTOCOL_ERROR,
    ],
  ] as const)("%s", (_name, bytes, code) => {
    const peer = new Harness().peer();
    peer.raw(bytes);
    expectError(peer, code);
  });

  test("an alias bound twice", () => {
    const peer = new Harness().peer();
    peer.send(bind(1, "a"), bind(1, "b"));
    expectError(peer, LinkCode.ALIAS_ERROR);
  });

  test("an id opened twice, or behind others", () => {
    for (const ids of [
      [3, 3],
      [3, 1],
    ] as const) {
      const harness = new Harness();
      provider(harness);
      const peer = harness.peer();
      for (const id of ids) peer.send(unary(id));
      expectError(peer, LinkCode.PROTOCOL_ERROR);
    }
  });

  test("a payload above a fragment", () => {
    const peer = new Harness().peer();
    peer.send(unary(1, { payload: new Uint8Array(256 * 1024 + 1) }));
    expectError(peer, LinkCode.FRAME_TOO_LARGE);
  });
});

describe("malformed frames end the stream alone", () => {
  test.each([
    ["a reserved flag", bent(unary(1), { flags: Flag.END | Flag.PCRC | 8 }), Code.INVALID_ARGUMENT],
    ["QoS 3", bent(unary(1), { class: frameClass(4, 3) }), Code.INVALID_ARGUMENT],
    ["codec 5", bent(unary(1), { class: frameClass(4, 0, 5) }), Code.INVALID_ARGUMENT],
    [
      "a codec nobody agreed on",
      bent(unary(1), { class: frameClass(4, 0, 1) }),
      Code.UNIMPLEMENTED,
    ],
    ["a wrong meta CRC", encodeFrame(unary(1)).with(40, 0), Code.DATA_LOSS],
    [
      "a router's tag",
      encodeFrame(unary(1, { meta: { name: Method.SAY, principal: "root" } })),
      Code.INVALID_ARGUMENT,
    ],
    [
      "an alias that is not bound",
      encodeFrame(unary(1, { route: 9, meta: {} })),
      Code.INVALID_ARGUMENT,
    ],
    ["an alias and a name", encodeFrame(unary(1, { route: 9 })), Code.INVALID_ARGUMENT],
    ["no name", encodeFrame(unary(1, { meta: {} })), Code.INVALID_ARGUMENT],
    [
      "a name that is no method",
      encodeFrame(unary(1, { meta: { name: "demo" } })),
      Code.INVALID_ARGUMENT,
    ],
    ["hops 0", encodeFrame(unary(1, { hops: 0 })), Code.UNAVAILABLE],
    [
      "a unary OPEN without a message",
      encodeFrame(open(1, Method.SAY, { flags: Flag.END })),
      Code.INVALID_ARGUMENT,
    ],
    [
      "more meta than a client may send",
      encodeFrame(unary(1, { meta: { name: Method.SAY, tracestate: "x".repeat(12_300) } })),
      Code.INVALID_ARGUMENT,
    ],
  ] as const)("%s", (_name, bytes, code) => {
    const harness = new Harness();
    const server = provider(harness);
    const peer = harness.peer();
    peer.raw(bytes);
    const frames = peer.take();
    expect(frames).toMatchObject([{ type: FrameType.STATUS, stream: 1, arg: code }]);
    expect((frames[0]?.flags ?? 0) & Flag.NOEXEC).toBe(Flag.NOEXEC);
    expect(server.take()).toEqual([]);
    peer.send(unary(3));
    expect(server.takeOf(FrameType.OPEN)).toHaveLength(1);
  });

  test("an unknown type with SKIP is ignored", () => {
    const peer = new Harness().peer();
    peer.raw(bent({ type: FrameType.CANCEL, stream: 1 }, { type: 0x7f, flags: Flag.SKIP }));
    expect(peer.take()).toEqual([]);
    expect(peer.channel.isEnded).toBe(false);
  });

  test("more streams than a link may have", () => {
    const harness = new Harness({ limits: { streamsPerLink: 16 } });
    provider(harness);
    const peer = harness.peer();
    for (let id = 1; id <= 33; id += 2) peer.send(unary(id));
    expect(peer.take()).toMatchObject([{ stream: 33, arg: Code.RESOURCE_EXHAUSTED }]);
  });

  test("more open requests than a link may have", () => {
    const harness = new Harness({ limits: { openSendersPerLink: 2 } });
    provider(harness);
    const peer = harness.peer();
    for (const id of [1, 3, 5]) peer.send(open(id, Method.CHAT));
    expect(peer.take()).toMatchObject([{ stream: 5, arg: Code.RESOURCE_EXHAUSTED }]);
    peer.send({ type: FrameType.DATA, flags: Flag.END, stream: 1, arg: 0 }, open(7, Method.CHAT));
    expect(peer.take()).toEqual([]);
    peer.send({ type: FrameType.CANCEL, stream: 7, arg: Code.CANCELLED }, open(9, Method.CHAT));
    expect(peer.take()).toEqual([]);
  });

  test.each([
    [{ service: "" }, Code.INVALID_ARGUMENT],
    [{ service: "a b", methods: [{ name: "M" }] }, Code.INVALID_ARGUMENT],
    [{ service: SERVICE }, Code.INVALID_ARGUMENT],
    [{ service: SERVICE, methods: [{ name: "M" }, { name: "M" }] }, Code.INVALID_ARGUMENT],
    [{ service: SERVICE, methods: [{ name: "M", kind: 9 }] }, Code.INVALID_ARGUMENT],
    [{ service: SERVICE, methods: [{ name: "M" }], policy: 9 }, Code.INVALID_ARGUMENT],
    [{ service: "nexus.router.v1.Admin", methods: [{ name: "M" }] }, Code.INVALID_ARGUMENT],
  ] as readonly (readonly [wire.RegisterInit, number])[])("REGISTER %#", (init, code) => {
    const peer = new Harness().peer().registerAs(1, init);
    expect(peer.take()).toMatchObject([{ type: FrameType.REGISTERED, arg: code }]);
  });
});
