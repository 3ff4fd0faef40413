/** Calls from a peer that is nothing but frames: what is answered, and what is refused. */
import {
  Code,
  encodeCredit,
  encodeFrame,
  Flag,
  type FrameInit,
  FrameType,
  HEADER_BYTES,
  packCode,
  Reason,
  sealHeader,
  wire,
} from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "./link-options.ts";
import { NexusError } from "./nexus-error.ts";
import { failure } from "./testing/gate.ts";
import { Note, NoteService } from "./testing/notes.ts";
import { RawRouter } from "./testing/raw-router.ts";
import { settle, TestClock } from "./testing/test-clock.ts";

describe("calls from the router", () => {
  async function served(putEnded: (error: unknown) => void = () => {}) {
    const router = new RawRouter();
    const link = await router.link();
    const ready = link.serve(NoteService, {
      get: ({ text }) => ({ text: `${text}!` }),
      short: (request, context) => context.link.client(NoteService).get(request),
      async put(requests) {
        let count = 0;
        try {
          for await (const request of requests) count += request.count;
          putEnded(undefined);
        } catch (error) {
          putEnded(error);
          throw error;
        }
        return { text: "a".repeat(count) };
      },
    });
    const [register] = await router.take(1);
    expect(register).toMatchObject({ type: FrameType.REGISTER, stream: 1 });
    const asked = wire.Register.decode(register?.payload ?? new Uint8Array(0));
    expect(asked.methods.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      "Get 1",
      "GetTwice 1",
      "Short 1",
      "Watch 3",
      "WatchTwice 3",
      "Put 2",
      "Chat 4",
    ]);
    router.send({ type: FrameType.REGISTERED, stream: 1, payload: wire.Registered.encode({}) });
    await ready;
    router.send({ type: FrameType.ALIAS, route: 1, meta: { name: "notes.v1.NoteService/Get" } });
    return router;
  }
  const open = (more: Partial<FrameInit> = {}): FrameInit => ({
    type: FrameType.OPEN,
    flags: Flag.END,
    stream: 2,
    route: 1,
    payload: Note.encode({ text: "a" }),
    ...more,
  });

  it("are answered with DATA|END in the class they came with", async () => {
    const router = await served();
    router.send(open({ class: 0x20 }));
    const [data] = await router.take(1);
    expect(data).toMatchObject({
      type: FrameType.DATA,
      flags: Flag.END | Flag.PCRC,
      stream: 2,
      class: 0x20,
      arg: 0,
      payload: Note.encode({ text: "a!" }),
    });
  });

  it("pass their trace on to what the handler calls", async () => {
    const router = await served();
    const trace = { id: new Uint8Array(16).fill(1), span: new Uint8Array(8).fill(2), flags: 1 };
    const meta = { name: "notes.v1.NoteService/Short", trace, tracestate: "a=b" };
    router.send(open({ route: 0, meta, arg: 5_000 }));
    const [, inner] = await router.take(2);
    expect(inner).toMatchObject({ type: FrameType.OPEN, meta: { trace, tracestate: "a=b" } });
    expect(inner?.arg).toBeGreaterThan(4_000);
    expect(inner?.arg).toBeLessThanOrEqual(5_000);
  });

  it("are refused with reserved flags, without ending the link", async () => {
    const router = await served();
    router.send(open({ flags: Flag.END | 1024 }));
    expect(await router.take(1)).toMatchObject([
      { type: FrameType.STATUS, stream: 2, arg: Code.INVALID_ARGUMENT },
    ]);
    router.send(open({ stream: 4 }));
    expect(await router.take(1)).toMatchObject([{ type: FrameType.DATA, stream: 4 }]);
  });

  it("are sent within the credit that the requester's OPEN leaves", async () => {
    const router = await served();
    const meta = { initialCredit: { messages: 1, kibibytes: 4 } };
    router.send(open({ meta, payload: Note.encode({ text: "a".repeat(5000) }) }));
    const [first] = await router.take(1);
    expect(first).toMatchObject({ flags: Flag.MORE | Flag.PCRC });
    expect(first?.payload.length).toBe(4096);
    router.send({
      type: FrameType.CREDIT,
      stream: 2,
      payload: encodeCredit({ messages: 1, bytes: 8192 }),
    });
    expect(await router.take(1)).toMatchObject([{ flags: Flag.END | Flag.PCRC }]);
  });

  it("use credit that came before their handler had an answer", async () => {
    const router = await served();
    const meta = { initialCredit: { messages: 1, kibibytes: 4 }, name: "notes.v1.NoteService/Put" };
    router.send(open({ meta, route: 0, flags: 0, payload: Note.encode({ count: 5000 }) }));
    router.send({
      type: FrameType.CREDIT,
      stream: 2,
      payload: encodeCredit({ messages: 1, bytes: 8192 }),
    });
    router.send({ type: FrameType.DATA, flags: Flag.END, stream: 2, arg: 1 });
    // One frame: were the credit forgotten, the first would carry 4 KiB and the rest would never come.
    expect(await router.take(1)).toMatchObject([{ flags: Flag.END | Flag.PCRC }]);
  });

  it.each([
    [
      "cancelled",
      (router: RawRouter) => router.send({ type: FrameType.CANCEL, stream: 2, arg: 1 }),
    ],
    ["lost with the link", (router: RawRouter) => router.cut()],
  ])("tell a handler that reads requests when they are %s", async (_, end) => {
    const ended = Promise.withResolvers<unknown>();
    const router = await served((error) => ended.resolve(error));
    const meta = { name: "notes.v1.NoteService/Put" };
    router.send(open({ meta, route: 0, flags: 0 }));
    await settle();
    end(router);
    expect(await ended.promise).toBeInstanceOf(NexusError);
  });

  it.each<[string, Partial<FrameInit>, number, number]>([
    ["without a request", { payload: undefined as never }, Code.INVALID_ARGUMENT, Flag.NOEXEC],
    ["with an unbound alias", { route: 9 }, Code.INVALID_ARGUMENT, Flag.NOEXEC],
    [
      "of an unknown method",
      { route: 0, meta: { name: "a.B/C" } },
      Code.UNIMPLEMENTED,
      Flag.NOEXEC,
    ],
    ["with a damaged request", { crcBefore: 1 }, Code.DATA_LOSS, 0],
    [
      "with a request that cannot be decoded",
      { payload: Uint8Array.of(255) },
      Code.INVALID_ARGUMENT,
      0,
    ],
    [
      "with an unknown critical tag",
      { meta: { unknown: [{ tag: 0x70, critical: true, value: new Uint8Array(1) }] } },
      Code.UNIMPLEMENTED,
      Flag.NOEXEC,
    ],
  ])("are refused %s", async (_, wrong, code, flag) => {
    const router = await served();
    const { payload, ...frame } = open(wrong);
    router.send(payload === undefined ? frame : { ...frame, payload });
    const [status] = await router.take(1);
    expect(status).toMatchObject({ type: FrameType.STATUS, stream: 2, arg: code });
    expect((status?.flags ?? 0) & Flag.NOEXEC).toBe(flag);
  });

  it("are refused when their meta block is damaged", async () => {
    const router = await served();
    const bytes = encodeFrame(open({ meta: { name: "x" }, route: 1 }));
    bytes[HEADER_BYTES + 2] = 0x79;
    sealHeader(bytes, new DataView(bytes.buffer), 0);
    router.write(bytes);
    expect(await router.take(1)).toMatchObject([{ type: FrameType.STATUS, arg: Code.DATA_LOSS }]);
  });
});

describe("a service that the router refuses", () => {
  const mismatch: FrameInit = {
    type: FrameType.REGISTERED,
    stream: 1,
    arg: packCode(Code.FAILED_PRECONDITION, Reason.SCHEMA_MISMATCH),
    payload: wire.Registered.encode({ message: "notes.v1.Note: field text is an int32 there" }),
  };
  const told = {
    code: "FAILED_PRECONDITION",
    reason: "SCHEMA_MISMATCH",
    message: "notes.v1.Note: field text is an int32 there",
  };

  it("tells the one who serves it, with the field", async () => {
    const router = new RawRouter();
    const serving = failure((await router.link()).serve(NoteService, {}));
    await router.take(1);
    router.send(mismatch);
    expect(await serving).toMatchObject(told);
  });

  it("tells whoever listens where it was taken before", async () => {
    const router = new RawRouter();
    const clock = new TestClock();
    const diagnostics: Diagnostic[] = [];
    const onDiagnostic = (each: Diagnostic): void => void diagnostics.push(each);
    const link = await router.link({ clock, random: () => 0, onDiagnostic });
    const serving = link.serve(NoteService, {});
    await router.take(1);
    router.send({ type: FrameType.REGISTERED, stream: 1 });
    await serving;
    router.cut();
    await clock.advance(50);
    await router.take(1);
    router.send(mismatch);
    await settle();
    expect(diagnostics.at(-1)).toMatchObject({
      kind: "refused",
      what: "notes.v1.NoteService",
      reason: told,
    });
  });
});
