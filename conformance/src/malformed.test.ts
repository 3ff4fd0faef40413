import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Peer } from "./referee/peer.ts";
import { type RouterProcess, startRouterProcess } from "./referee/router.ts";
import {
  flag,
  frame,
  headerBytes,
  hello,
  name,
  preface,
  seal,
  tag,
  text,
  type,
} from "./referee/wire.ts";

let router: RouterProcess;
let control: Peer;

beforeAll(async () => {
  router = await startRouterProcess();
  control = await Peer.welcomed(router.port);
});

afterAll(async () => {
  control.close();
  expect(await router.stop()).toBe(0);
});

const ping = frame({ type: type.ping, payload: Buffer.alloc(8), flags: 0 });
const message = Buffer.from("hello");

/** A copy of `bytes` with one header byte replaced and the checksum made anew. */
function withByte(bytes: Buffer, offset: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[offset] = value;
  return seal(copy);
}

function broken(bytes: Buffer, offset: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(offset) ^ 0x01, offset);
  return copy;
}

function lengthOf(bytes: Buffer, length: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32BE(length, 0);
  return seal(copy);
}

const open = (fields: Partial<Parameters<typeof frame>[0]> = {}): Buffer =>
  frame({
    type: type.open,
    stream: 1,
    flags: flag.end | flag.pcrc,
    meta: name("demo.Echo/Say"),
    payload: message,
    ...fields,
  });

describe("before the handshake, the router ends the link on", () => {
  it.each([
    [
      "bytes that are no preface",
      Buffer.from("89404040404040400000", "hex"),
      "closed without a word",
    ],
    ["a first frame that is not HELLO", Buffer.concat([preface, ping]), 0x101],
    ["a frame of more than 16 KiB", Buffer.concat([preface, lengthOf(hello, 20_000)]), 0x102],
    ["a damaged header", Buffer.concat([preface, broken(hello, 5)]), 0x103],
    ["another major version", Buffer.concat([preface, withByte(hello, 4, 0x20)]), 0x106],
  ])("%s", async (_name, bytes, verdict) => {
    const peer = new Peer(router.port);
    peer.send(bytes);
    expect(await peer.ended()).toBe(verdict);
    expect(await control.isAlive()).toBe(true);
  });
});

describe("on an open link, the router ends it on", () => {
  it.each([
    ["HELLO twice", hello, 0x101],
    ["a damaged header", broken(ping, 12), 0x103],
    ["a frame of more than 1 MiB", lengthOf(open(), (1 << 20) + 64), 0x102],
    ["a meta block longer than the frame", withByte(ping, 9, 200), 0x101],
    ["a meta block of three bytes", withByte(ping, 9, 3), 0x101],
    ["a link frame of an unknown type", frame({ type: 0x0f }), 0x113],
    ["a stream of the wrong parity", open({ stream: 2 }), 0x101],
    ["a call on stream 0", open({ stream: 0 }), 0x101],
    [
      "data on a stream never opened",
      frame({ type: type.data, stream: 9, payload: message }),
      0x101,
    ],
    ["a payload without its checksum", open({ flags: flag.end }), 0x101],
    [
      "PING with a payload of the wrong size",
      frame({ type: type.ping, payload: message, flags: 0 }),
      0x101,
    ],
    [
      "PING on a stream",
      frame({ type: type.ping, stream: 1, payload: Buffer.alloc(8), flags: 0 }),
      0x101,
    ],
    [
      "a reserved flag on a link frame",
      frame({ type: type.ping, payload: Buffer.alloc(8), flags: 8 }),
      0x101,
    ],
    [
      "an alias out of range",
      frame({ type: type.alias, route: 5_000, meta: name("a.B/C") }),
      0x10e,
    ],
    [
      "SUBSCRIBE that cannot be decoded",
      frame({ type: type.subscribe, stream: 1, payload: Buffer.from([0xff]) }),
      0x101,
    ],
  ])("%s", async (_name, bytes, code) => {
    const peer = await Peer.welcomed(router.port);
    peer.send(bytes);
    expect(await peer.ended()).toBe(code);
    expect(await control.isAlive()).toBe(true);
  });
});

describe("on an open link, the router refuses the stream and keeps the link on", () => {
  const invalid = 3;
  it.each([
    ["a method nobody serves", open(), 14],
    ["an alias never bound", open({ route: 7, meta: Buffer.alloc(0) }), invalid],
    [
      "a unary call without a message and without a route",
      open({ meta: Buffer.alloc(0), payload: Buffer.alloc(0), flags: flag.end }),
      invalid,
    ],
    ["a call with a route and a name", open({ route: 7 }), invalid],
    ["a reserved flag", open({ flags: flag.end | flag.pcrc | 8 }), invalid],
    ["QoS 3", open({ class: 0x98 }), invalid],
    ["a codec that does not exist", open({ class: 0x87 }), invalid],
    ["a repeated tag", open({ meta: Buffer.concat([name("a.B/C"), name("a.B/C")]) }), invalid],
    ["a meta block that overruns", open({ meta: Buffer.from([0x01, 200, 65]) }), invalid],
    [
      "a tag that only a router sets",
      open({ meta: Buffer.concat([name("a.B/C"), tag(0x0c, Buffer.from("root"))]) }),
      invalid,
    ],
    ["no hops left", open({ hops: 0 }), 14],
  ])("%s", async (_name, bytes, code) => {
    const peer = await Peer.welcomed(router.port);
    peer.send(bytes);
    const status = await peer.next(type.status);
    expect({ code: status.arg, stream: status.stream }).toEqual({ code, stream: 1 });
    expect(await peer.isAlive()).toBe(true);
    peer.close();
  });

  it("a damaged meta block, with DATA_LOSS", async () => {
    const peer = await Peer.welcomed(router.port);
    const bytes = open();
    bytes.writeUInt8(bytes.readUInt8(headerBytes + 3) ^ 0x01, headerBytes + 3);
    peer.send(bytes);
    expect((await peer.next(type.status)).arg).toBe(15);
    expect(await peer.isAlive()).toBe(true);
    peer.close();
  });

  it("an unknown frame on a live subscription, by ending that", async () => {
    const peer = await Peer.welcomed(router.port);
    const pattern = text(1, "a.>");
    peer.send(frame({ type: type.subscribe, stream: 1, arg: 16, payload: pattern }));
    peer.send(frame({ type: 0x1f, stream: 1 }));
    expect((await peer.next(type.unsubscribed)).arg).toBe(12);
    expect(await peer.isAlive()).toBe(true);
    peer.close();
  });

  it("an unknown frame that may be ignored, by ignoring it", async () => {
    const peer = await Peer.welcomed(router.port);
    peer.send(frame({ type: 0x1e, stream: 1, flags: flag.skip }));
    expect(await peer.isAlive()).toBe(true);
    peer.close();
  });
});

describe("split anywhere, the same bytes get the same answer", () => {
  it.each([1, 7, 8, 9, 31, 32, 39, 40, 41, 70])("after %i bytes", async (at) => {
    const peer = new Peer(router.port);
    const bytes = Buffer.concat([preface, hello, ping]);
    peer.send(bytes.subarray(0, at));
    await new Promise((resolve) => setImmediate(resolve));
    peer.send(bytes.subarray(at));
    await peer.next(type.pong);
    peer.close();
  });
});
