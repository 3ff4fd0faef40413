/** Against a peer that is nothing but frames: what leaves this SDK, and what it does with frames that are wrong. */
import {
  Code,
  encodeCredit,
  encodeFrame,
  encodeGap,
  Flag,
  type FrameInit,
  FrameType,
  GapReason,
  LinkCode,
  limits,
  packCode,
  Reason,
  wire,
} from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "./link-options.ts";
import { all, failure } from "./testing/gate.ts";
import { Note, NoteService, NoteTopic } from "./testing/notes.ts";
import { RawRouter } from "./testing/raw-router.ts";
import { TestClock } from "./testing/test-clock.ts";

const reply = (stream: number, more: Partial<FrameInit> = {}): FrameInit => ({
  type: FrameType.DATA,
  flags: Flag.END,
  stream,
  payload: Note.encode({ text: "reply" }),
  ...more,
});

describe("what arrives", () => {
  it("reports jumps in delivery and gaps of the router", async () => {
    const router = new RawRouter();
    const pending = (await router.link()).subscribe(NoteTopic);
    const [subscribe] = await router.take(1);
    expect(subscribe).toMatchObject({ type: FrameType.SUBSCRIBE, stream: 1, arg: 1024 });
    router.send({ type: FrameType.SUBSCRIBED, stream: 1, payload: wire.Subscribed.encode({}) });
    const items = await pending;
    const event = (arg: number): FrameInit => ({
      type: FrameType.EVENT,
      stream: 1,
      arg,
      meta: { name: "notes.a.1" },
      payload: Note.encode({ text: "a", count: 1 }),
    });
    router.send(event(1));
    router.send(event(4));
    const gap = { epoch: 2, from: 5, to: 9, count: 5, reason: GapReason.RETENTION };
    router.send({
      type: FrameType.GAP,
      stream: 1,
      meta: { name: "notes.a.1" },
      payload: encodeGap(gap),
    });
    router.send({ ...event(5), payload: Uint8Array.of(255) });
    const seen = [];
    for (let count = 0; count < 5; count += 1) seen.push((await items.next()).value);
    expect(seen).toMatchObject([
      { kind: "event", delivery: 1 },
      { kind: "gap", reason: "unreported", count: 2 },
      { kind: "event", delivery: 4 },
      { kind: "gap", reason: "retention", epoch: 2, first: 5, last: 9, count: 5 },
      { kind: "gap", reason: "invalid", count: 1 },
    ]);
  });

  it("ends the loop with the error of an unasked UNSUBSCRIBED, and subscribes anew after SHUTTING_DOWN", async () => {
    const router = new RawRouter();
    const link = await router.link();
    const loop = failure(all(link.subscribe(NoteTopic)));
    await router.take(1);
    router.send({ type: FrameType.SUBSCRIBED, stream: 1, payload: wire.Subscribed.encode({}) });
    const going = packCode(Code.UNAVAILABLE, Reason.SHUTTING_DOWN);
    router.send({ type: FrameType.UNSUBSCRIBED, stream: 1, arg: going });
    const [again] = await router.take(1);
    expect(again).toMatchObject({ type: FrameType.SUBSCRIBE, stream: 3 });
    const denied = packCode(Code.PERMISSION_DENIED, Reason.ACL);
    router.send({ type: FrameType.UNSUBSCRIBED, stream: 3, arg: denied });
    expect(await loop).toMatchObject({ code: "PERMISSION_DENIED", reason: "ACL" });
  });

  it("counts what was not read before against the credit of the next subscription", async () => {
    const router = new RawRouter();
    const pending = (await router.link()).subscribe(NoteTopic, { credit: 4 });
    await router.take(1);
    router.send({ type: FrameType.SUBSCRIBED, stream: 1, payload: wire.Subscribed.encode({}) });
    const items = await pending;
    for (let arg = 1; arg <= 3; arg += 1)
      router.send({
        type: FrameType.EVENT,
        stream: 1,
        arg,
        meta: { name: "notes.a.1" },
        payload: Note.encode({ text: "a", count: 1 }),
      });
    const going = packCode(Code.UNAVAILABLE, Reason.SHUTTING_DOWN);
    router.send({ type: FrameType.UNSUBSCRIBED, stream: 1, arg: going });
    const [again] = await router.take(1);
    expect(again).toMatchObject({ type: FrameType.SUBSCRIBE, stream: 3, arg: 1 });
    await items.next();
    await items.next();
    const [credit] = await router.take(1);
    expect(credit).toMatchObject({
      type: FrameType.CREDIT,
      stream: 3,
      payload: encodeCredit({ messages: 3, bytes: 0 }),
    });
  });

  it("retries what an ignored opening says was never taken, on the next session", async () => {
    const clock = new TestClock();
    const router = new RawRouter();
    const link = await router.link({ clock, random: () => 0 });
    const call = link.client(NoteService).get({});
    await router.take(2);
    router.send({
      type: FrameType.GOAWAY,
      arg: LinkCode.SHUTTING_DOWN,
      payload: wire.GoAway.encode({ lastStream: 0, reason: "restart" }),
    });
    await clock.advance(50);
    const [, again] = await router.take(2);
    expect(again).toMatchObject({ type: FrameType.OPEN, stream: 1, meta: { attempt: 1 } });
    router.send(reply(1));
    expect((await call).text).toBe("reply");
    expect(router.connections).toBe(2);
  });

  it.each<[string, Partial<FrameInit>, string]>([
    ["a damaged payload", { crcBefore: 1 }, "DATA_LOSS"],
    ["a wrong message index", { arg: 3 }, "DATA_LOSS"],
    ["a success without a reply", { payload: undefined as never }, "INTERNAL"],
    ["a reply that cannot be decoded", { payload: Uint8Array.of(255) }, "INTERNAL"],
  ])("ends the call for %s", async (_, wrong, code) => {
    const router = new RawRouter();
    const call = failure((await router.link()).client(NoteService).get({}));
    await router.take(2);
    const { payload, ...frame } = reply(1, wrong);
    router.send(payload === undefined ? frame : { ...frame, payload });
    expect(await call).toMatchObject({ code });
  });

  it.each<[string, FrameInit, number]>([
    ["WELCOME twice", { type: FrameType.WELCOME }, LinkCode.PROTOCOL_ERROR],
    ["DATA on an id never opened", reply(99), LinkCode.PROTOCOL_ERROR],
    ["OPEN with a dialler's id", { type: FrameType.OPEN, stream: 3 }, LinkCode.PROTOCOL_ERROR],
    [
      "a PING of a wrong size",
      { type: FrameType.PING, payload: new Uint8Array(7) },
      LinkCode.PROTOCOL_ERROR,
    ],
    [
      "a PONG of a wrong size",
      { type: FrameType.PONG, payload: new Uint8Array(9) },
      LinkCode.PROTOCOL_ERROR,
    ],
    ["CREDIT on stream 0", { type: FrameType.CREDIT, stream: 0 }, LinkCode.PROTOCOL_ERROR],
    ["an unknown type", { type: 0x0f as never }, LinkCode.UNKNOWN_TYPE],
    [
      "an alias out of range",
      { type: FrameType.ALIAS, route: 5000, meta: { name: "a/B" } },
      LinkCode.ALIAS_ERROR,
    ],
  ])("ends the link for %s", async (_, frame, code) => {
    const router = new RawRouter();
    await router.link();
    router.send(frame);
    expect(await router.take(1)).toMatchObject([{ type: FrameType.ERROR, arg: code }]);
  });

  it("takes a peer that is silent for three heartbeats as dead, and comes back", async () => {
    const clock = new TestClock();
    const router = new RawRouter();
    const told: Diagnostic[] = [];
    const link = await router.link({ clock, onDiagnostic: (each) => told.push(each) });
    const loop = all(link.subscribe(NoteTopic));
    await clock.advance(3 * limits.heartbeatMs - 1_000);
    expect(router.connections).toBe(1);
    await clock.advance(12_000);
    expect(router.connections).toBe(2);
    expect(told.map(({ kind }) => kind)).toEqual(["connected", "disconnected", "connected"]);
    await link.close();
    expect(await loop).toEqual([]);
  });

  it("ends the link for a damaged header", async () => {
    const router = new RawRouter();
    await router.link();
    const bytes = encodeFrame({ type: FrameType.PING, payload: new Uint8Array(8) });
    bytes[20] = 1;
    router.write(bytes);
    expect(await router.take(1)).toMatchObject([
      { type: FrameType.ERROR, arg: LinkCode.HEADER_CRC },
    ]);
  });

  it("ignores an unknown type with SKIP, and frames on closed ids", async () => {
    const router = new RawRouter();
    const link = await router.link();
    const call = link.client(NoteService).get({});
    await router.take(2);
    router.send({ type: 0x3f as never, flags: Flag.SKIP, stream: 1 });
    router.send(reply(1));
    await call;
    router.send(reply(1));
    router.send({ type: FrameType.PING, payload: new Uint8Array(8) });
    expect(await router.take(1)).toMatchObject([{ type: FrameType.PONG }]);
  });
});
