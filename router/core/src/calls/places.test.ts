import { Code, Flag, FrameType, wire } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { methods, provider, SERVICE, unary } from "../testing/demo.ts";
import { Harness, type Peer, utf8 } from "../testing/harness.ts";

const full = (stream: number) => ({
  type: FrameType.STATUS,
  flags: Flag.END | Flag.NOEXEC,
  stream,
  arg: Code.RESOURCE_EXHAUSTED,
  payload: wire.Status.encode({ message: "too many" }),
});

const done = (stream: number) => ({
  type: FrameType.DATA,
  flags: Flag.END,
  stream,
  payload: utf8("x"),
});

/** A client that opens calls on ids of its own. */
class Caller {
  readonly peer: Peer;
  #next = 1;

  constructor(harness: Harness) {
    this.peer = harness.peer();
  }

  call(count: number): void {
    for (let at = 0; at < count; at++) {
      this.peer.send(unary(this.#next));
      this.#next += 2;
    }
  }

  /** Calls that ended with `code` since the last time. */
  ended(code: Code): number {
    return this.peer.take().filter(({ type, arg }) => type === FrameType.STATUS && arg === code)
      .length;
  }
}

describe("an instance that answers that it has too many calls", () => {
  /** Takes `capacity` calls at once and refuses the others, as an SDK does. */
  function limited(harness: Harness, capacity: number) {
    const peer = provider(harness);
    const running: number[] = [];
    return {
      peer,
      running,
      work() {
        let refused = 0;
        for (const { stream } of peer.takeOf(FrameType.OPEN)) {
          if (running.length < capacity) running.push(stream);
          else {
            refused++;
            peer.send(full(stream));
          }
        }
        return refused;
      },
      finish(count: number) {
        for (const stream of running.splice(0, count)) peer.send(done(stream));
      },
    };
  }

  test("gets no more than it can take", () => {
    const harness = new Harness();
    const server = limited(harness, 4);
    const client = new Caller(harness);
    client.call(10);
    expect(server.work()).toBe(6);
    client.call(10);
    expect(server.work()).toBe(0);
    expect(client.ended(Code.RESOURCE_EXHAUSTED)).toBe(16);
    server.finish(1);
    client.call(2);
    expect(server.work()).toBe(0);
    expect(server.running.length).toBe(4);
  });

  test("gets one more after a while, and many after a longer one", () => {
    const harness = new Harness();
    const server = limited(harness, 4);
    const client = new Caller(harness);
    client.call(5);
    server.work();
    harness.advance(500);
    client.call(3);
    // The probe found out that nothing has changed.
    expect(server.work()).toBe(1);
    server.finish(4);
    harness.advance(29_000, 100);
    server.peer.takeOf(FrameType.PING);
    server.peer.send({ type: FrameType.PONG, payload: new Uint8Array(8) });
    client.peer.send({ type: FrameType.PONG, payload: new Uint8Array(8) });
    client.ended(Code.RESOURCE_EXHAUSTED);
    client.call(60);
    expect(client.ended(Code.RESOURCE_EXHAUSTED)).toBe(0);
    expect(server.peer.takeOf(FrameType.OPEN).length).toBe(60);
  });

  test("is left alone for other answers", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = new Caller(harness);
    client.call(3);
    const [first, second] = server.takeOf(FrameType.OPEN);
    server.send({ ...full(first?.stream ?? 0), flags: Flag.END });
    server.send({ ...full(second?.stream ?? 0), arg: Code.UNAVAILABLE });
    client.call(10);
    expect(server.takeOf(FrameType.OPEN).length).toBe(10);
  });
});

describe("one requester", () => {
  const limits = { callsInFlightPerProvider: 64 };

  test("leaves places to others", () => {
    const harness = new Harness({ limits });
    const server = provider(harness);
    const greedy = new Caller(harness);
    greedy.call(64);
    expect(greedy.ended(Code.RESOURCE_EXHAUSTED)).toBe(4);
    const modest = new Caller(harness);
    modest.call(3);
    expect(modest.ended(Code.RESOURCE_EXHAUSTED)).toBe(0);
    expect(server.takeOf(FrameType.OPEN).length).toBe(63);
  });

  test("has no more than others once they all ask", () => {
    const harness = new Harness({ limits });
    const server = provider(harness);
    const callers = [new Caller(harness), new Caller(harness), new Caller(harness)];
    callers[0]?.call(64);
    const held = new Map<number, number>();
    for (let round = 0; round < 200; round++) {
      const opened = server.takeOf(FrameType.OPEN);
      for (const { stream } of opened) held.set(stream, 1);
      const [oldest] = held.keys();
      if (oldest === undefined) break;
      held.delete(oldest);
      server.send(done(oldest));
      for (const caller of callers) caller.call(1);
    }
    const shares = callers.map(({ peer }) => {
      const frames = peer.take();
      return frames.filter(({ type }) => type === FrameType.DATA).length;
    });
    expect(Math.min(...shares)).toBeGreaterThan(30);
  });

  test("may have all of them again when the provider was idle", () => {
    const harness = new Harness({ limits });
    const server = provider(harness);
    const first = new Caller(harness);
    first.call(56);
    for (const { stream } of server.takeOf(FrameType.OPEN)) server.send(done(stream));
    const second = new Caller(harness);
    second.call(56);
    expect(second.ended(Code.RESOURCE_EXHAUSTED)).toBe(0);
    first.call(7);
    expect(first.ended(Code.RESOURCE_EXHAUSTED)).toBe(0);
  });

  test("may have every place of an instance with few", () => {
    const harness = new Harness();
    const server = harness.peer().registerAs(1, { service: SERVICE, methods, maxInFlight: 3 });
    server.take();
    const client = new Caller(harness);
    client.call(4);
    expect(client.ended(Code.RESOURCE_EXHAUSTED)).toBe(1);
  });
});
