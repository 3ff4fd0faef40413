/** When a streaming call is tried again, against a peer that is nothing but frames. */
import {
  Code,
  encodeCredit,
  Flag,
  type FrameInit,
  FrameType,
  Reason,
  wire,
} from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import { sendQueue } from "../send-queue.ts";
import { all, failure } from "../testing/gate.ts";
import { Note, type NoteInit, NoteService, type NoteServiceClient } from "../testing/notes.ts";
import { type Heard, RawRouter } from "../testing/raw-router.ts";
import { settle, TestClock } from "../testing/test-clock.ts";

async function stage() {
  const router = new RawRouter();
  const clock = new TestClock();
  const link = await router.link({ clock, random: () => 0.5 });
  const client: NoteServiceClient = link.client(NoteService);
  return { router, clock, link, client };
}

const refusal = (stream: number, code: Code, flags: number = Flag.NOEXEC): FrameInit => ({
  type: FrameType.STATUS,
  flags: Flag.END | flags,
  stream,
  arg: code,
  payload: wire.Status.encode({ message: "not now" }),
});
const reply = (stream: number, text: string, flags = 0): FrameInit => ({
  type: FrameType.DATA,
  flags,
  stream,
  payload: Note.encode({ text }),
});
const texts = (heard: readonly Heard[]): string[] =>
  heard
    .filter(({ flags }) => (flags & Flag.PCRC) !== 0)
    .map(({ payload }) => Note.decode(payload).text);
const opens = (heard: readonly Heard[]): Heard[] =>
  heard.filter(({ type }) => type === FrameType.OPEN);

describe("a stream that certainly did not run", () => {
  it("is opened again with its request, its attempt and what is left of its deadline", async () => {
    const { router, clock, client } = await stage();
    const replies = all(client.watch({ text: "a" }, { timeoutMs: 1_000 }));
    const [, first] = await router.take(2);
    expect(first?.meta).toEqual({ fingerprint: 7n });
    router.send(refusal(1, Code.UNAVAILABLE));
    await clock.advance(50);
    const [again] = await router.take(1);
    expect(again).toMatchObject({ type: FrameType.OPEN, stream: 3, meta: { attempt: 1 } });
    expect(texts([again as Heard])).toEqual(["a"]);
    expect(again?.arg).toBeLessThan(1_000);
    router.send(reply(3, "b", Flag.END));
    expect((await replies).map(({ text }) => text)).toEqual(["b"]);
  });

  it("gives its requests again, those to come after them, and its half-close", async () => {
    const { router, clock, client } = await stage();
    const requests = sendQueue<NoteInit>();
    const call = client.put(requests);
    await requests.send({ text: "a" });
    await requests.send({ text: "b" });
    await settle();
    const before = await router.take(router.waiting);
    expect(texts(before)).toEqual(["a", "b"]);
    router.send(refusal(1, Code.RESOURCE_EXHAUSTED));
    await settle();
    void requests.send({ text: "c" }).then(() => requests.end());
    await clock.advance(50);
    const after = await router.take(router.waiting);
    expect(opens(after)).toMatchObject([{ stream: 3, meta: { attempt: 1 } }]);
    expect(texts(after)).toEqual(["a", "b", "c"]);
    expect(after.at(-1)?.flags).toBe(Flag.END);
    router.send(reply(3, "done", Flag.END));
    expect((await call).text).toBe("done");
  });

  it("is not tried more than twice again", async () => {
    const { router, clock, client } = await stage();
    const error = failure(all(client.watch({})));
    for (const stream of [1, 3, 5]) {
      await settle();
      await router.take(router.waiting);
      router.send(refusal(stream, Code.UNAVAILABLE));
      await clock.advance(200);
    }
    expect(await error).toMatchObject({ code: "UNAVAILABLE", notExecuted: true });
    expect(router.waiting).toBe(0);
  });

  it("is not tried again beyond its deadline", async () => {
    const { router, client } = await stage();
    const error = failure(all(client.watch({}, { timeoutMs: 20 })));
    await router.take(2);
    router.send(refusal(1, Code.UNAVAILABLE));
    expect(await error).toMatchObject({ code: "UNAVAILABLE" });
  });

  it("stops where its reader leaves in the pause", async () => {
    const { router, clock, client } = await stage();
    const replies = client.watch({})[Symbol.asyncIterator]();
    const next = replies.next();
    await router.take(2);
    router.send(refusal(1, Code.UNAVAILABLE));
    await settle();
    await replies.return?.();
    expect(await next).toMatchObject({ done: true });
    await clock.advance(1_000);
    expect(router.waiting).toBe(0);
  });
});

describe("a stream that may have run", () => {
  it("is not tried again once anything has come of it", async () => {
    for (const frame of [
      reply(1, "seen"),
      { type: FrameType.HEADERS, stream: 1 },
    ] satisfies FrameInit[]) {
      const { router, clock, client } = await stage();
      const error = failure(all(client.watch({})));
      await router.take(2);
      router.send(frame);
      router.send(refusal(1, Code.UNAVAILABLE));
      expect(await error).toMatchObject({ code: "UNAVAILABLE" });
      await clock.advance(1_000);
      expect(opens(await router.take(router.waiting))).toEqual([]);
    }
  });

  it("is not tried again where its requests were given credit for", async () => {
    const { router, clock, client } = await stage();
    const error = failure(all(client.chat([{ text: "a" }])));
    await settle();
    const payload = encodeCredit({ messages: 64, bytes: 1 << 20 });
    router.send({ type: FrameType.CREDIT, stream: 1, payload });
    router.send(refusal(1, Code.UNAVAILABLE));
    expect(await error).toMatchObject({ code: "UNAVAILABLE" });
    await clock.advance(1_000);
    expect(opens(await router.take(router.waiting))).toHaveLength(1);
  });

  it("is tried again where the method is idempotent and has one request, and then denies nothing", async () => {
    const { router, clock, client } = await stage();
    const error = failure(all(client.watchTwice({})));
    await router.take(2);
    router.cut();
    await clock.advance(100);
    const [, again] = await router.take(2);
    expect(again).toMatchObject({ type: FrameType.OPEN, meta: { attempt: 1 } });
    router.send(refusal(again?.stream ?? 0, Code.PERMISSION_DENIED));
    expect(await error).toMatchObject({ code: "PERMISSION_DENIED", notExecuted: false });
  });

  it("is not tried again where it is not idempotent", async () => {
    const { router, clock, client } = await stage();
    const error = failure(all(client.watch({})));
    await router.take(2);
    router.cut();
    expect(await error).toMatchObject({ code: "UNAVAILABLE", notExecuted: false });
    await clock.advance(1_000);
    expect(router.waiting).toBe(0);
  });
});

describe("a schema that does not fit", () => {
  it("reaches the caller unharmed, and is asked about again with the next call", async () => {
    const { router, client } = await stage();
    const mismatch = (stream: number): FrameInit => ({
      type: FrameType.STATUS,
      flags: Flag.END | Flag.NOEXEC,
      stream,
      arg: Code.FAILED_PRECONDITION,
      payload: wire.Status.encode({
        message: "notes.v1.Note: field text changed its type",
        reason: Reason.SCHEMA_MISMATCH,
      }),
    });
    for (const [stream, call] of [
      [1, () => client.get({})],
      [3, () => client.get({})],
      [5, () => all(client.watch({}))],
      [7, () => all(client.watch({}))],
    ] as const) {
      const error = failure(call());
      await settle();
      const heard = opens(await router.take(router.waiting));
      expect(heard).toMatchObject([{ stream, meta: { fingerprint: 7n } }]);
      router.send(mismatch(stream));
      expect(await error).toMatchObject({
        code: "FAILED_PRECONDITION",
        reason: "SCHEMA_MISMATCH",
        message: "notes.v1.Note: field text changed its type",
      });
    }
    void client.get({});
    await settle();
    const [told] = opens(await router.take(router.waiting));
    expect(told?.meta).toEqual({ fingerprint: 7n });
    void client.get({});
    await settle();
    expect(opens(await router.take(router.waiting))).toMatchObject([{ meta: {} }]);
  });
});
