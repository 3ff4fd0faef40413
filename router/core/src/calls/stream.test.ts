import {
  Code,
  codeOf,
  encodeCredit,
  Flag,
  FrameType,
  Reason,
  readCredit,
  reasonOf,
  wire,
} from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { Method, open, provider, unary } from "../testing/demo.ts";
import { Harness, type Received, text, utf8 } from "../testing/harness.ts";

const creditIn = (frame: Received | undefined) => {
  const bytes = frame?.payload ?? new Uint8Array(0);
  const read = readCredit(new DataView(bytes.buffer), 0, bytes.length);
  return read.kind === "payload" ? read.payload : undefined;
};

const statusIn = (frame: Received | undefined) =>
  wire.Status.decode(frame?.payload ?? new Uint8Array(0));

describe("streaming calls", () => {
  test("carry headers, messages of both sides, half-close and the end, in order", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    client.send(open(1, Method.CHAT));
    client.send({ type: FrameType.DATA, stream: 1, arg: 0, payload: utf8("a") });
    client.send({ type: FrameType.DATA, stream: 1, arg: 1, payload: utf8("b") });
    client.send({ type: FrameType.DATA, flags: Flag.END, stream: 1, arg: 2 });
    const seen = server.take();
    expect(seen.map(({ type, arg, flags }) => [type, arg, flags & Flag.END])).toEqual([
      [FrameType.OPEN, 0, 0],
      [FrameType.DATA, 0, 0],
      [FrameType.DATA, 1, 0],
      [FrameType.DATA, 2, Flag.END],
    ]);
    expect(seen.every(({ stream }) => stream === 2)).toBe(true);
    server.send(
      { type: FrameType.HEADERS, stream: 2, meta: { user: [["x-head", "h"]] } },
      { type: FrameType.DATA, stream: 2, arg: 0, payload: utf8("c") },
      { type: FrameType.DATA, flags: Flag.END, stream: 2, arg: 1 },
    );
    const answers = client.take();
    expect(answers.map(({ type, stream }) => [type, stream])).toEqual([
      [FrameType.HEADERS, 1],
      [FrameType.DATA, 1],
      [FrameType.DATA, 1],
    ]);
    expect(answers[0]?.meta.user).toEqual([["x-head", "h"]]);
    expect(text(answers[1]?.payload ?? utf8(""))).toBe("c");
    expect(harness.router.stats.callsInFlight).toBe(0);
  });

  test("drop what arrives for a call that has ended", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    client.send(unary(1));
    server.take();
    server.send({ type: FrameType.DATA, flags: Flag.END, stream: 2, payload: utf8("x") });
    server.send({ type: FrameType.DATA, stream: 2, payload: utf8("late") });
    client.send({ type: FrameType.DATA, stream: 1, payload: utf8("late") });
    expect(client.take()).toHaveLength(1);
    expect(server.take()).toEqual([]);
    expect(server.channel.isEnded || client.channel.isEnded).toBe(false);
  });

  test("end INVALID_ARGUMENT when a side goes on after its END", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    client.send(open(1, Method.CHAT));
    client.send({ type: FrameType.DATA, flags: Flag.END, stream: 1 });
    expect(harness.router.stats.creditBytes).toBe(65_536);
    client.send({ type: FrameType.DATA, stream: 1, payload: utf8("x") });
    expect(client.take()).toMatchObject([{ type: FrameType.STATUS, arg: Code.INVALID_ARGUMENT }]);
    expect(server.takeOf(FrameType.CANCEL)).toMatchObject([{ arg: Code.INVALID_ARGUMENT }]);
  });

  test("forward CANCEL of the requester with its code, and free both ids", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    client.send(open(1, Method.CHAT));
    client.send({ type: FrameType.CANCEL, stream: 1, arg: Code.CANCELLED });
    expect(server.takeOf(FrameType.CANCEL)).toMatchObject([{ stream: 2, arg: Code.CANCELLED }]);
    expect(client.take()).toEqual([]);
    expect(harness.router.stats.callsInFlight).toBe(0);
  });

  test("forward CANCEL of the responder", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    client.send(open(1, Method.CHAT));
    server.send({ type: FrameType.CANCEL, stream: 2, arg: Code.DATA_LOSS });
    expect(client.take()).toMatchObject([
      { type: FrameType.CANCEL, stream: 1, arg: Code.DATA_LOSS },
    ]);
    expect(harness.router.stats.callsInFlight).toBe(0);
  });

  test("end UNAVAILABLE when the provider is lost, executed or not", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    client.send(unary(1));
    server.kill();
    const [status] = client.take();
    expect(status).toMatchObject({ type: FrameType.STATUS, arg: Code.UNAVAILABLE });
    expect((status?.flags ?? 0) & Flag.NOEXEC).toBe(0);
    expect(statusIn(status).reason).toBe(Reason.PROVIDER_LOST);
    expect(harness.router.stats).toMatchObject({ callsInFlight: 0, services: 0 });
  });

  test("whose OPEN never left a lost provider's queue end with NOEXEC", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    server.channel.isStalled = true;
    const big = new Uint8Array(60_000);
    for (let id = 1; id <= 15; id += 2) client.send(unary(id, { payload: big }));
    server.kill();
    const ends = client.takeOf(FrameType.STATUS);
    expect(ends).toHaveLength(8);
    const unexecuted = ends.filter(({ flags }) => (flags & Flag.NOEXEC) !== 0);
    expect(unexecuted.length).toBeGreaterThan(0);
    expect(unexecuted.length).toBeLessThan(8);
    expect(server.takeOf(FrameType.OPEN)).toHaveLength(8 - unexecuted.length);
  });

  test("are cancelled at the provider when the requester is lost", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    client.send(open(1, Method.CHAT));
    client.kill();
    expect(server.takeOf(FrameType.CANCEL)).toMatchObject([{ stream: 2 }]);
    expect(harness.router.stats.callsInFlight).toBe(0);
  });
});

describe("credit", () => {
  test("is passed from the consumer to the producer in both directions", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    client.send(open(1, Method.CHAT));
    server.take();
    server.send({
      type: FrameType.CREDIT,
      stream: 2,
      payload: encodeCredit({ messages: 64, bytes: 131_072 }),
    });
    expect(creditIn(client.takeOf(FrameType.CREDIT)[0])).toEqual({ messages: 64, bytes: 131_072 });
    client.send({
      type: FrameType.CREDIT,
      stream: 1,
      payload: encodeCredit({ messages: 40, bytes: 1 }),
    });
    expect(creditIn(server.takeOf(FrameType.CREDIT)[0])).toEqual({ messages: 40, bytes: 65_536 });
  });

  test("that is exceeded ends the call RESOURCE_EXHAUSTED", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    client.send(open(1, Method.CHAT));
    for (let index = 0; index < 33; index++) {
      client.send({ type: FrameType.DATA, stream: 1, arg: index, payload: utf8("x") });
    }
    expect(client.take()).toMatchObject([
      { type: FrameType.STATUS, stream: 1, arg: Code.RESOURCE_EXHAUSTED },
    ]);
    const cancel = server.takeOf(FrameType.CANCEL);
    expect(cancel.map(({ arg }) => codeOf(arg))).toEqual([Code.RESOURCE_EXHAUSTED]);
  });

  test("counts a fragmented message once and its bytes all", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    client.send(open(1, Method.CHAT));
    const part = new Uint8Array(1024);
    for (let index = 0; index < 63; index++) {
      client.send({ type: FrameType.DATA, flags: Flag.MORE, stream: 1, arg: 0, payload: part });
    }
    client.send({ type: FrameType.DATA, stream: 1, arg: 0, payload: part });
    expect(client.take()).toEqual([]);
    expect(server.takeOf(FrameType.DATA)).toHaveLength(64);
    client.send({ type: FrameType.DATA, stream: 1, arg: 1, payload: utf8("x") });
    expect(client.take()).toMatchObject([{ type: FrameType.STATUS, arg: Code.RESOURCE_EXHAUSTED }]);
  });

  test("of a link is clipped in OPEN when it runs out, and passed on when it is free again", () => {
    const harness = new Harness({ limits: { creditBytesPerLink: 70_000 } });
    const server = provider(harness);
    const client = harness.peer();
    client.send(unary(1));
    client.send(unary(3));
    client.send(unary(5));
    const opens = server.takeOf(FrameType.OPEN);
    expect(opens).toHaveLength(2);
    expect(opens[0]?.meta.initialCredit).toBeUndefined();
    expect(opens[1]?.meta.initialCredit).toEqual({ messages: 32, kibibytes: 4 });
    expect(client.take()).toMatchObject([
      { type: FrameType.STATUS, stream: 5, arg: Code.RESOURCE_EXHAUSTED },
    ]);
    server.send({ type: FrameType.DATA, flags: Flag.END, stream: 2, payload: utf8("x") });
    expect(creditIn(server.takeOf(FrameType.CREDIT)[0])).toEqual({ messages: 32, bytes: 65_536 });
  });

  test("of what waited is free again, whether it left or was dropped", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    for (const isCancelled of [false, true]) {
      client.channel.isStalled = true;
      const ids = [1, 3, 5, 7, 9, 11].map((id) => id + (isCancelled ? 12 : 0));
      for (const id of ids) client.send(unary(id));
      for (const { stream } of server.takeOf(FrameType.OPEN)) {
        const payload = new Uint8Array(60_000);
        server.send({ type: FrameType.DATA, flags: Flag.END, stream, payload });
      }
      expect(harness.router.stats.creditBytes).toBeGreaterThan(0);
      for (const stream of isCancelled ? ids : []) client.send({ type: FrameType.CANCEL, stream });
      if (!isCancelled) client.unstall();
      expect(harness.router.stats).toMatchObject({ callsInFlight: 0, creditBytes: 0 });
      client.unstall();
      expect(harness.router.stats.queuedBytes).toBe(0);
    }
  });

  test("that raises nothing is ignored, and too much of it costs the link", () => {
    const harness = new Harness({ limits: { idleControlPerSecond: 10 } });
    provider(harness);
    const client = harness.peer();
    client.send(open(1, Method.CHAT));
    const nothing = {
      type: FrameType.CREDIT,
      stream: 1,
      payload: encodeCredit({ messages: 1, bytes: 1 }),
    };
    for (let count = 0; count < 10; count++) client.send(nothing);
    expect(client.take()).toEqual([]);
    client.send(nothing);
    expect(client.take()).toMatchObject([{ type: FrameType.ERROR, arg: 0x10f }]);
    expect(client.channel.isEnded).toBe(true);
  });
});

describe("deadlines", () => {
  test("end the call at the router: STATUS to one side, CANCEL to the other", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    client.send(unary(1, { arg: 250 }));
    expect(server.takeOf(FrameType.OPEN)).toMatchObject([{ arg: 250 }]);
    harness.advance(240);
    expect(client.take()).toEqual([]);
    harness.advance(30);
    const [status] = client.take();
    expect(status).toMatchObject({ type: FrameType.STATUS, arg: Code.DEADLINE_EXCEEDED });
    expect((status?.flags ?? 0) & Flag.NOEXEC).toBe(0);
    expect(statusIn(status).reason).toBe(Reason.DEADLINE_AT_ROUTER);
    const [cancel] = server.take();
    expect(cancel).toMatchObject({ type: FrameType.CANCEL, stream: 2 });
    expect([codeOf(cancel?.arg ?? 0), reasonOf(cancel?.arg ?? 0)]).toEqual([
      Code.DEADLINE_EXCEEDED,
      Reason.DEADLINE_AT_ROUTER,
    ]);
    expect(harness.router.stats.callsInFlight).toBe(0);
  });

  test("are lowered by the time a call waited, and a call that waited too long never leaves", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    server.channel.isStalled = true;
    const big = new Uint8Array(60_000);
    for (let id = 1; id <= 11; id += 2) client.send(unary(id, { payload: big }));
    client.send(unary(13, { arg: 100 }));
    client.send(unary(15, { arg: 1000 }));
    server.take();
    harness.advance(200);
    const [status] = client.take();
    expect(status).toMatchObject({
      type: FrameType.STATUS,
      stream: 13,
      arg: Code.DEADLINE_EXCEEDED,
    });
    expect((status?.flags ?? 0) & Flag.NOEXEC).toBe(Flag.NOEXEC);
    server.unstall();
    const opens = server.takeOf(FrameType.OPEN);
    expect(opens.map(({ arg }) => arg)).toEqual([0, 800]);
  });
});
