/** Against a peer that is nothing but frames: what leaves this SDK, and what it does with frames that are wrong. */
import {
  AliasAction,
  Code,
  encodeCredit,
  encodePublishAck,
  Flag,
  type FrameInit,
  FrameType,
  limits,
  packCode,
  Reason,
  wire,
} from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "./link-options.ts";
import { all, failure } from "./testing/gate.ts";
import { KeptNoteTopic, Note, NoteService } from "./testing/notes.ts";
import { RawRouter } from "./testing/raw-router.ts";
import { settle, TestClock } from "./testing/test-clock.ts";

const reply = (stream: number, more: Partial<FrameInit> = {}): FrameInit => ({
  type: FrameType.DATA,
  flags: Flag.END,
  stream,
  payload: Note.encode({ text: "reply" }),
  ...more,
});

describe("what leaves", () => {
  it("is preface and HELLO, then one ALIAS and OPEN|END for a unary call", async () => {
    const router = new RawRouter();
    const notes = (await router.link()).client(NoteService);
    const call = notes.get({ text: "a" }, { timeoutMs: 500 });
    const [alias, open] = await router.take(2);
    expect(alias).toMatchObject({ type: FrameType.ALIAS, arg: AliasAction.BIND, class: 0 });
    expect(open).toMatchObject({
      type: FrameType.OPEN,
      flags: Flag.END | Flag.PCRC,
      stream: 1,
      route: alias?.route,
      class: 0x80,
      hops: 16,
    });
    expect(open?.arg).toBeGreaterThan(400);
    router.send(reply(1));
    expect((await call).text).toBe("reply");
    const again = notes.get({});
    const [second] = await router.take(1);
    expect(second).toMatchObject({ type: FrameType.OPEN, stream: 3 });
    router.send(reply(3));
    await again;
  });

  it("opens streams in the order of their ids, whatever kinds of call begin together", async () => {
    const router = new RawRouter();
    const notes = (await router.link()).client(NoteService);
    const ended = [
      failure(all(notes.watch({ count: 1 }))),
      failure(notes.get({})),
      failure(all(notes.watch({ count: 2 }))),
    ];
    const frames = await router.take(5);
    const opened = frames.filter(({ type }) => type === FrameType.OPEN);
    expect(opened.map(({ stream }) => stream)).toEqual([1, 3, 5]);
    expect(opened.every(({ flags }) => (flags & Flag.END) !== 0)).toBe(true);
    for (const stream of [1, 3, 5])
      router.send({ type: FrameType.STATUS, flags: Flag.END, stream, arg: packCode(12, 0) });
    await Promise.all(ended);
  });

  it("opens a stream at once where interceptors give its request later", async () => {
    const router = new RawRouter();
    const link = await router.link({ interceptors: [(call, next) => next(call)] });
    const notes = link.client(NoteService);
    const ended = [failure(all(notes.watch({ count: 1 }))), failure(notes.get({}))];
    const frames = await router.take(5);
    const opened = frames.filter(({ type }) => type === FrameType.OPEN);
    expect(opened.map(({ stream }) => stream)).toEqual([1, 3]);
    for (const stream of [1, 3])
      router.send({ type: FrameType.STATUS, flags: Flag.END, stream, arg: packCode(12, 0) });
    await Promise.all(ended);
  });

  it("says nothing of a stream whose request cannot be encoded", async () => {
    const router = new RawRouter();
    const notes = (await router.link()).client(NoteService);
    const wrong = { count: "one" } as unknown as { count: number };
    expect(await failure(all(notes.watch(wrong)))).toMatchObject({ code: "INVALID_ARGUMENT" });
    await settle();
    const heard = await router.take(router.waiting);
    expect(heard.filter(({ stream }) => stream !== 0)).toEqual([]);
  });

  it("calls the host's functions as browsers want them: on no object", async () => {
    const host = globalThis.queueMicrotask;
    globalThis.queueMicrotask = function (this: unknown, task) {
      if (this !== undefined && this !== globalThis) throw new TypeError("Illegal invocation");
      host(task);
    };
    try {
      const router = new RawRouter();
      const call = (await router.link()).client(NoteService).get({});
      await router.take(2);
      router.send(reply(1));
      expect((await call).text).toBe("reply");
    } finally {
      globalThis.queueMicrotask = host;
    }
  });

  it("answers PING with the same payload, at priority 0", async () => {
    const router = new RawRouter();
    await router.link();
    const payload = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    router.send({ type: FrameType.PING, payload });
    const [pong] = await router.take(1);
    expect(pong).toMatchObject({ type: FrameType.PONG, class: 0, payload });
  });

  it("stops at zero credit and goes on when it rises", async () => {
    const router = new RawRouter();
    const notes = (await router.link()).client(NoteService);
    const call = notes.put(Array.from({ length: 40 }, () => ({ count: 1 })));
    const first = await router.take(2 + limits.streamCreditMessages);
    expect(first.at(-1)).toMatchObject({ type: FrameType.DATA, arg: 31 });
    await settle();
    expect(router.waiting).toBe(0);
    router.send({
      type: FrameType.CREDIT,
      stream: 1,
      payload: encodeCredit({ messages: 35, bytes: 0 }),
    });
    const next = await router.take(3);
    expect(next.map(({ arg }) => arg)).toEqual([32, 33, 34]);
    await settle();
    expect(router.waiting).toBe(0);
    router.send(reply(1));
    expect((await call).text).toBe("reply");
  });

  it("cuts a large message to its credit, with a running checksum", async () => {
    const router = new RawRouter();
    const notes = (await router.link()).client(NoteService);
    const call = notes.get({ bytes: new Uint8Array(300_000) });
    const [, open] = await router.take(2);
    expect(open).toMatchObject({ type: FrameType.OPEN, flags: Flag.MORE | Flag.PCRC });
    expect(open?.payload.length).toBe(limits.streamCreditBytes);
    await settle();
    expect(router.waiting).toBe(0);
    router.send({
      type: FrameType.CREDIT,
      stream: 1,
      payload: encodeCredit({ messages: 0, bytes: 1 << 20 }),
    });
    const [last] = await router.take(1);
    expect(last).toMatchObject({ type: FrameType.DATA, flags: Flag.END | Flag.PCRC, arg: 0 });
    expect((open?.payload.length ?? 0) + (last?.payload.length ?? 0)).toBe(300_004);
    router.send(reply(1));
    await call;
  });

  it("raises byte credit while a large reply arrives", async () => {
    const router = new RawRouter();
    const call = (await router.link()).client(NoteService).get({});
    await router.take(2);
    const payload = Note.encode({ bytes: new Uint8Array(60_000) });
    const half = payload.subarray(0, 40_000);
    router.send({ type: FrameType.DATA, flags: Flag.MORE, stream: 1, payload: half });
    const [credit] = await router.take(1);
    expect(credit).toMatchObject({ type: FrameType.CREDIT, stream: 1 });
    expect(new DataView(credit?.payload.buffer ?? new ArrayBuffer(0)).getUint32(12)).toBe(105_536);
    router.send({
      type: FrameType.DATA,
      flags: Flag.END,
      stream: 1,
      payload: payload.subarray(40_000),
      crcBefore: router.crcOf(half),
    });
    expect((await call).bytes.length).toBe(60_000);
  });

  it("sends CANCEL when a caller gives up", async () => {
    const router = new RawRouter();
    const controller = new AbortController();
    const notes = (await router.link()).client(NoteService);
    const call = failure(notes.get({}, { signal: controller.signal }));
    await router.take(2);
    controller.abort();
    await call;
    expect(await router.take(1)).toMatchObject([
      { type: FrameType.CANCEL, stream: 1, arg: Code.CANCELLED },
    ]);
  });

  it("marks a retry with its attempt", async () => {
    const clock = new TestClock();
    const router = new RawRouter();
    const link = await router.link({ clock, random: () => 0.5 });
    const call = link.client(NoteService).get({});
    await router.take(2);
    router.send({
      type: FrameType.STATUS,
      flags: Flag.END | Flag.NOEXEC,
      stream: 1,
      arg: Code.UNAVAILABLE,
      payload: wire.Status.encode({ reason: Reason.NO_PROVIDER }),
    });
    await clock.advance(100);
    const [again] = await router.take(1);
    expect(again).toMatchObject({ type: FrameType.OPEN, stream: 3, meta: { attempt: 1 } });
    router.send(reply(3));
    await call;
  });

  it("publishes a retained topic with RETAIN and its key, and tells the next publish of a refusal", async () => {
    const router = new RawRouter();
    const refused: Diagnostic[] = [];
    const link = await router.link({ onDiagnostic: (each) => refused.push(each) });
    await link.publish(KeptNoteTopic, { text: "a" });
    const [alias, publish] = await router.take(2);
    expect(publish).toMatchObject({
      type: FrameType.PUBLISH,
      flags: Flag.RETAIN | Flag.PCRC,
      stream: 0,
      meta: { orderingKey: new TextEncoder().encode("a") },
    });
    const code = packCode(Code.UNIMPLEMENTED);
    router.send({
      type: FrameType.PUBACK,
      route: alias?.route ?? 0,
      payload: encodePublishAck({ code, epoch: 0, sequence: 0 }),
    });
    await settle();
    expect(refused.at(-1)).toMatchObject({ kind: "refused", what: "kept.a" });
    expect(await failure(link.publish(KeptNoteTopic, { text: "a" }))).toMatchObject({
      code: "UNIMPLEMENTED",
    });
    await link.publish(KeptNoteTopic, { text: "a" });
  });
});
