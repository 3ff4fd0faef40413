import { Code, Flag, FrameType, wire } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import type { CallSeen, MessageSeen } from "./tap.ts";
import { Method, open, provider, unary } from "./testing/demo.ts";
import { Harness, utf8 } from "./testing/harness.ts";

const trace = { id: new Uint8Array(16).fill(7), span: new Uint8Array(8).fill(1), flags: 1 };

function watched(harness: Harness) {
  const calls: CallSeen[] = [];
  const messages: MessageSeen[] = [];
  const stop = harness.router.observe({
    callEnded: (call) => calls.push({ ...call }),
    published: (message) => messages.push({ ...message }),
  });
  return { calls, messages, stop };
}

describe("the tap", () => {
  test("shows a call that was answered: both ends, method, bytes and time", () => {
    const harness = new Harness();
    const { calls } = watched(harness);
    const server = provider(harness);
    const client = harness.peer();
    client.send(unary(1, { meta: { name: Method.SAY, trace } }));
    harness.advance(40);
    server.send({ type: FrameType.DATA, flags: Flag.END, stream: 2, payload: utf8("hello") });
    expect(calls).toEqual([
      {
        requester: 2,
        requesterStream: 1,
        responder: 1,
        responderStream: 2,
        method: Method.SAY,
        instance: "",
        code: Code.OK,
        durationMs: 40,
        requestBytes: 4,
        responseBytes: 5,
        traceId: trace.id,
      },
    ]);
  });

  test("shows every other end of a call once, with its code", () => {
    const harness = new Harness();
    const { calls } = watched(harness);
    const server = provider(harness);
    const client = harness.peer();
    client.send(unary(1));
    const payload = wire.Status.encode({ message: "no" });
    const flags = Flag.END;
    server.send({ type: FrameType.STATUS, flags, stream: 2, arg: Code.NOT_FOUND, payload });
    client.send(open(3, Method.CHAT));
    client.send({ type: FrameType.CANCEL, stream: 3, arg: Code.CANCELLED });
    client.send(unary(5, { arg: 100 }));
    harness.advance(150);
    client.send(unary(7));
    server.send({ type: FrameType.CANCEL, stream: 8, arg: Code.ABORTED });
    client.send(unary(9));
    server.kill();
    const ends = calls.map(({ requesterStream, code }) => [requesterStream, code]);
    expect(ends).toEqual([
      [1, Code.NOT_FOUND],
      [3, Code.CANCELLED],
      [5, Code.DEADLINE_EXCEEDED],
      [7, Code.ABORTED],
      [9, Code.UNAVAILABLE],
    ]);
    expect(harness.router.stats).toMatchObject({ calls: 5, callsInFlight: 0 });
  });

  test("shows messages, also those that nobody hears", () => {
    const harness = new Harness();
    const { messages } = watched(harness);
    harness.peer().subscribe(1, "a.*").subscribe(3, "a.b");
    const publisher = harness.peer();
    publisher.send({
      type: FrameType.PUBLISH,
      meta: { name: "a.b", trace },
      payload: utf8("xyz"),
    });
    publisher.send({ type: FrameType.PUBLISH, meta: { name: "c" }, payload: utf8("x") });
    const flags = Flag.RETAIN;
    publisher.send({ type: FrameType.PUBLISH, flags, meta: { name: "c" }, payload: utf8("x") });
    const nowhere = { epoch: 0, sequence: 0 };
    expect(messages).toMatchObject([
      { link: 2, topic: "a.b", bytes: 3, receivers: 2, traceId: trace.id, ...nowhere },
      { link: 2, topic: "c", bytes: 1, receivers: 0, traceId: undefined, ...nowhere },
      { link: 2, topic: "c", bytes: 1, receivers: 0, traceId: undefined, sequence: 1 },
    ]);
    expect(messages[2]?.epoch).toBeGreaterThan(0);
  });

  test("shows nothing after it was left", () => {
    const harness = new Harness();
    const { calls, stop } = watched(harness);
    const server = provider(harness);
    const client = harness.peer();
    client.send(unary(1));
    stop();
    server.send({ type: FrameType.DATA, flags: Flag.END, stream: 2 });
    expect(calls).toEqual([]);
    expect(harness.router.stats).toMatchObject({ calls: 1, callsInFlight: 0 });
  });

  test("counts refused messages that the publisher is not told of", () => {
    const harness = new Harness();
    const publisher = harness.peer();
    for (let count = 0; count < 3; count++) {
      publisher.send({ type: FrameType.PUBLISH, meta: { name: "$sys.x" }, payload: utf8("x") });
    }
    expect(publisher.takeOf(FrameType.PUBACK)).toHaveLength(1);
    expect(harness.router.stats.publishesRefused).toBe(3);
  });

  test("counts links that found no place before HELLO", () => {
    const harness = new Harness({ limits: { unauthenticatedLinks: 1 } });
    harness.connect();
    expect(harness.connect().channel.isDestroyed).toBe(true);
    expect(harness.router.stats).toMatchObject({ links: 1, linksRefused: 1 });
  });
});

describe("other limits", () => {
  test("hold for what comes next", () => {
    const harness = new Harness();
    provider(harness);
    const client = harness.peer();
    client.send(unary(1));
    harness.router.setLimits({ callsInFlightPerProvider: 1 });
    client.send(unary(3));
    expect(client.take()).toMatchObject([{ stream: 3, arg: Code.RESOURCE_EXHAUSTED }]);
    expect(() => harness.router.setLimits({ heartbeatMs: -1 })).toThrow("heartbeatMs");
  });
});
