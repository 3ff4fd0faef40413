import {
  encodeFrame,
  type FrameInit,
  FrameType,
  LinkCode,
  preface,
  wire,
} from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { bind, Method, provider, unary } from "../testing/demo.ts";
import { expectError } from "../testing/expect-error.ts";
import { Harness, utf8 } from "../testing/harness.ts";

const helloFrame = (init: wire.HelloInit = { wireMin: 1, wireMax: 1 }): FrameInit => ({
  type: FrameType.HELLO,
  payload: wire.Hello.encode(init),
});

describe("the handshake", () => {
  test("answers HELLO with WELCOME, whatever pieces it comes in", () => {
    const whole = [...preface(), ...encodeFrame(helloFrame())];
    for (let cut = 0; cut <= whole.length; cut++) {
      const peer = new Harness().connect();
      peer.raw(Uint8Array.from(whole.slice(0, cut)));
      peer.raw(Uint8Array.from(whole.slice(cut)));
      const [welcome] = peer.take();
      expect(welcome?.type).toBe(FrameType.WELCOME);
      const read = wire.Welcome.decode(welcome?.payload ?? utf8(""));
      expect(read).toMatchObject({ wire: 1, heartbeatMs: 10_000, codecs: [0] });
      expect(read.routerId).toHaveLength(8);
    }
  });

  test("closes a link with another preface without a byte", () => {
    const peer = new Harness().connect();
    peer.raw(utf8("GET / HT"));
    expect(peer.take()).toEqual([]);
    expect(peer.channel.isDestroyed).toBe(true);
  });

  test("needs no preface on a WebSocket", () => {
    expect(new Harness().connect("ws").hello().take()).toMatchObject([{ type: FrameType.WELCOME }]);
  });

  test.each([
    [
      "a frame before HELLO",
      [{ type: FrameType.PING, payload: new Uint8Array(8) }],
      LinkCode.PROTOCOL_ERROR,
    ],
    ["HELLO twice", [helloFrame(), helloFrame()], LinkCode.PROTOCOL_ERROR],
    ["no common major", [helloFrame({ wireMin: 2, wireMax: 3 })], LinkCode.UNSUPPORTED_VERSION],
    [
      "another role",
      [helloFrame({ wireMin: 1, wireMax: 1, role: "router" })],
      LinkCode.AUTH_FAILED,
    ],
    [
      "a payload that is no Hello",
      [{ type: FrameType.HELLO, payload: utf8("\xff") }],
      LinkCode.PROTOCOL_ERROR,
    ],
    [
      "more than 16 KiB",
      [{ type: FrameType.HELLO, payload: new Uint8Array(16_385) }],
      LinkCode.FRAME_TOO_LARGE,
    ],
  ] as const)("refuses %s", (_name, frames, code) => {
    const peer = new Harness().connect();
    peer.raw(preface(), ...frames.map(encodeFrame));
    expectError(peer, code);
  });

  test("must come within its time", () => {
    const harness = new Harness();
    const silent = harness.connect();
    const peer = harness.connect();
    peer.raw(preface());
    harness.advance(4990);
    expect(peer.take()).toEqual([]);
    harness.advance(20);
    expectError(peer, LinkCode.HELLO_TIMEOUT);
    expect(silent.take()).toEqual([]);
    expect(silent.channel.isEnded).toBe(true);
  });
});

describe("a live link", () => {
  test("is pinged when idle, once an interval, and dies after three intervals of silence", () => {
    const harness = new Harness();
    const peer = harness.peer();
    harness.advance(9000);
    expect(peer.take()).toEqual([]);
    harness.advance(2500);
    const [ping, ...more] = peer.take();
    expect(more).toEqual([]);
    expect(ping).toMatchObject({ type: FrameType.PING });
    harness.advance(19_500);
    const frames = peer.take();
    expect(frames.at(-1)).toMatchObject({ type: FrameType.ERROR, arg: LinkCode.HEARTBEAT_TIMEOUT });
    expect(frames.filter(({ type }) => type === FrameType.PING).length).toBeLessThanOrEqual(2);
  });

  test("stays while it answers", () => {
    const harness = new Harness();
    const peer = harness.peer();
    for (let count = 0; count < 12; count++) {
      harness.advance(5000);
      for (const { payload } of peer.takeOf(FrameType.PING)) {
        peer.send({ type: FrameType.PONG, payload });
      }
    }
    expect(peer.channel.isEnded).toBe(false);
  });

  test("gets its PING back", () => {
    const peer = new Harness().peer();
    peer.send({ type: FrameType.PING, payload: utf8("12345678") });
    expect(peer.take()).toMatchObject([{ type: FrameType.PONG, payload: utf8("12345678") }]);
  });

  test("that sends too many frames that do nothing is closed RATE_LIMITED", () => {
    const peer = new Harness({ limits: { idleControlPerSecond: 5 } }).peer();
    for (let count = 0; count < 6; count++) {
      peer.send({ type: FrameType.PING, payload: new Uint8Array(8) });
    }
    expectError(peer, LinkCode.RATE_LIMITED);
  });

  test("that takes no bytes is closed SLOW_CONSUMER", () => {
    const harness = new Harness();
    const peer = harness.peer();
    peer.channel.isStalled = true;
    for (let count = 0; count < 22; count++) {
      peer.send({ type: FrameType.PING, payload: new Uint8Array(8) });
      harness.advance(500);
    }
    expectError(peer, LinkCode.SLOW_CONSUMER);
    harness.advance(1100);
    expect(peer.channel.isDestroyed).toBe(true);
  });

  test("whose answers pile up unread is closed SLOW_CONSUMER", () => {
    const harness = new Harness({ limits: { outboxMessagesPerLink: 100 } });
    const peer = harness.peer();
    peer.channel.isStalled = true;
    for (let id = 1; id < 8000; id += 2) peer.send(unary(id));
    expect(peer.channel.isEnded).toBe(true);
    expect(harness.router.stats.queuedBytes).toBe(0);
  });

  test("must finish the frame it began", () => {
    const harness = new Harness();
    const peer = harness.peer();
    peer.raw(encodeFrame(unary(1)).subarray(0, 40));
    harness.advance(11_500);
    expectError(peer, LinkCode.PROTOCOL_ERROR);
  });

  test("frees and binds an alias again", () => {
    const harness = new Harness();
    const server = provider(harness);
    const peer = harness.peer();
    peer.send(bind(1, "other"), { type: FrameType.ALIAS, route: 1, arg: 1 });
    expect(peer.take()).toMatchObject([{ type: FrameType.ALIAS, route: 1, arg: 2 }]);
    peer.send(bind(1, Method.SAY), unary(1, { route: 1, meta: {} }));
    expect(server.takeOf(FrameType.OPEN)).toHaveLength(1);
  });

  test("discards input after its end, for a second or 256 KiB", () => {
    const harness = new Harness();
    const peer = harness.peer();
    peer.raw(encodeFrame(unary(2)));
    peer.raw(new Uint8Array(200 * 1024));
    expect(peer.channel.isDestroyed).toBe(false);
    peer.raw(new Uint8Array(100 * 1024));
    expect(peer.channel.isDestroyed).toBe(true);
    expect(harness.router.stats.links).toBe(0);
  });

  test("ends at CLOSE, with all it had", () => {
    const harness = new Harness();
    const server = provider(harness);
    server.send({ type: FrameType.CLOSE, arg: LinkCode.NO_ERROR });
    expect(server.channel.isEnded).toBe(true);
    expect(harness.router.stats.services).toBe(0);
  });
});
