/** Payload codec 1 against a peer that is nothing but frames: what leaves compressed, what is read, and what is refused. */
import {
  Code,
  encodeCredit,
  encodePublishAck,
  Flag,
  type FrameInit,
  FrameType,
  limits,
  wire,
} from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import { connect } from "./connect.ts";
import type { LinkOptions } from "./link-options.ts";
import { all, failure } from "./testing/gate.ts";
import { CertainNoteTopic, Note, NoteService, NoteTopic } from "./testing/notes.ts";
import { RawRouter } from "./testing/raw-router.ts";
import { RawTopics } from "./testing/raw-topics.ts";
import { settle, TestClock } from "./testing/test-clock.ts";
import { bomb, zlib } from "./testing/zlib.ts";

const AGREED = { codecs: [0, 1] };
const ZLIB_CLASS = 0x81;
const long = "a note that is worth its compression ".repeat(100);
const large = { text: long };
const packed = (text: string): Uint8Array => zlib.deflate(Note.encode({ text }));
const unpacked = (payload: Uint8Array | undefined): string =>
  Note.decode(zlib.inflate(payload ?? new Uint8Array(0), 1 << 20) ?? new Uint8Array(0)).text;

const sending: LinkOptions = { zlib, compression: true };
async function linked(options: LinkOptions = sending, welcome: wire.WelcomeInit = AGREED) {
  const router = new RawRouter(welcome);
  const link = await router.link(options);
  return { router, link, notes: link.client(NoteService) };
}
const data = (stream: number, payload: Uint8Array, more: Partial<FrameInit> = {}): FrameInit => ({
  type: FrameType.DATA,
  flags: Flag.END,
  class: ZLIB_CLASS,
  stream,
  payload,
  ...more,
});
const refusal = (stream: number, flags = Flag.END | Flag.NOEXEC): FrameInit => ({
  type: FrameType.STATUS,
  flags,
  stream,
  arg: Code.UNIMPLEMENTED,
  payload: wire.Status.encode({ message: "the receiver does not read it" }),
});
/** The next OPEN; aliases are passed over. */
async function opened(router: RawRouter) {
  for (;;) {
    const [frame] = await router.take(1);
    if (frame?.type === FrameType.OPEN) return frame;
  }
}

describe("the handshake", () => {
  it("lists zlib only where there is one", async () => {
    for (const [options, codecs] of [
      [{}, [0]],
      [{ zlib }, [0, 1]],
    ] as const)
      expect((await linked(options)).router.hello?.codecs).toEqual(codecs);
  });

  it("is not begun where compression is asked for without zlib, or with a broken threshold", async () => {
    expect(await failure(connect("memory:none", { compression: true }))).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("sdk-node"),
    });
    const compression = { thresholdBytes: -1 };
    expect(await failure(connect("memory:none", { zlib, compression }))).toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });
});

describe("requests", () => {
  it("leave compressed above the threshold alone, and are read compressed", async () => {
    const { router, notes } = await linked();
    const reply = notes.get(large);
    const open = await opened(router);
    expect(open.class).toBe(ZLIB_CLASS);
    expect(open.payloadCrc).toBe(router.crcOf(open.payload));
    expect(unpacked(open.payload)).toBe(long);
    router.send(data(open.stream, packed("answer")));
    expect((await reply).text).toBe("answer");
    void notes.get({ text: "short" }).catch(() => {});
    expect((await opened(router)).class).toBe(0x80);
  });

  it("leave as they are where nothing is gained, nothing was agreed on, or nobody asked", async () => {
    const noise = crypto.getRandomValues(new Uint8Array(2000));
    for (const [options, welcome, note] of [
      [sending, AGREED, { bytes: noise }],
      [sending, { codecs: [0] }, large],
      [{ zlib }, AGREED, large],
    ] as const) {
      const { router, link, notes } = await linked(options, welcome);
      void notes.get(note).catch(() => {});
      const open = await opened(router);
      expect(open.class).toBe(0x80);
      expect(open.payload).toEqual(Note.encode(note));
      await link.close();
    }
  });

  it("of more than the credit are compressed before they are cut, every fragment in that class", async () => {
    const { router, notes } = await linked();
    const noise = crypto.getRandomValues(new Uint8Array(50_000));
    const bytes = new Uint8Array(150_000);
    for (let at = 0; at < bytes.length; at++) bytes[at] = (noise[at % 50_000] as number) & 0x3f;
    const whole = Note.encode({ bytes });
    const expected = zlib.deflate(whole);
    expect(expected.length).toBeGreaterThan(limits.streamCreditBytes);
    void notes.get({ bytes }).catch(() => {});
    const open = await opened(router);
    expect(open).toMatchObject({ class: ZLIB_CLASS, flags: Flag.MORE | Flag.PCRC });
    const payload = encodeCredit({ messages: 32, bytes: 1 << 20 });
    router.send({ type: FrameType.CREDIT, stream: open.stream, payload });
    const [rest] = await router.take(1);
    expect(rest).toMatchObject({ class: ZLIB_CLASS, flags: Flag.END | Flag.PCRC });
    const sent = [...open.payload, ...(rest?.payload ?? [])];
    expect(zlib.inflate(Uint8Array.from(sent), 1 << 20)).toEqual(whole);
    expect(rest?.payloadCrc).toBe(router.crcOf(Uint8Array.from(sent)));
  });

  it("that were refused are sent again as they are, and further ones at once so", async () => {
    const { router, notes } = await linked();
    const reply = notes.get(large);
    const first = await opened(router);
    router.send(refusal(first.stream));
    const again = await opened(router);
    expect(again.class).toBe(0x80);
    expect(Note.decode(again.payload).text).toBe(long);
    router.send(refusal(again.stream));
    expect(await failure(reply)).toMatchObject({ code: "UNIMPLEMENTED" });
    void notes.get(large).catch(() => {});
    expect((await opened(router)).class).toBe(0x80);
  });

  it("that may have run are not sent again", async () => {
    const { router, notes } = await linked();
    const reply = notes.get(large);
    router.send(refusal((await opened(router)).stream, Flag.END));
    expect(await failure(reply)).toMatchObject({ code: "UNIMPLEMENTED" });
    expect(router.waiting).toBe(0);
  });

  it("of streaming calls too, until something of the answer came", async () => {
    const { router, notes } = await linked();
    const replies = all(notes.watch(large));
    const first = await opened(router);
    expect(first.class).toBe(ZLIB_CLASS);
    router.send(refusal(first.stream));
    const again = await opened(router);
    expect(again.class).toBe(0x80);
    router.send(data(again.stream, packed("one"), { flags: 0 }));
    router.send(data(again.stream, packed("two"), { arg: 1 }));
    expect((await replies).map(({ text }) => text)).toEqual(["one", "two"]);
  });

  it("of a stream are compressed one by one", async () => {
    const { router, notes } = await linked();
    const reply = notes.put([large, { text: "short" }, large]);
    await opened(router);
    const sent = await router.take(4);
    expect(sent.map((frame) => frame.class)).toEqual([ZLIB_CLASS, 0x80, ZLIB_CLASS, 0x80]);
    expect(unpacked(sent[2]?.payload)).toBe(long);
    router.send(data(1, packed("done")));
    expect((await reply).text).toBe("done");
  });
});

describe("replies that are wrong", () => {
  const cutOff = packed(long).subarray(0, 30);
  it.each([
    ["not zlib", Uint8Array.of(1, 2, 3), "DATA_LOSS", undefined],
    ["cut off", cutOff, "DATA_LOSS", undefined],
    ["a bomb", bomb(limits.messageBytes + 1), "RESOURCE_EXHAUSTED", "TOO_LARGE"],
  ])("end a unary call: %s", async (_, payload, code, reason) => {
    const { router, notes } = await linked({ zlib });
    const reply = notes.get({ text: "a" });
    router.send(data((await opened(router)).stream, payload));
    const error = await failure(reply);
    expect(error).toMatchObject({ code, reason });
  });

  it("end a stream where they stand, after what came before", async () => {
    for (const early of [true, false]) {
      const { router, notes } = await linked({ zlib });
      const replies = notes.watch({ text: "a" })[Symbol.asyncIterator]();
      const { stream } = await opened(router);
      const reading = early ? [replies.next(), replies.next()] : [];
      for (const each of reading) each.catch(() => {});
      router.send(data(stream, packed("good"), { flags: 0 }));
      router.send(data(stream, Uint8Array.of(1, 2, 3), { flags: 0, arg: 1 }));
      await settle();
      const [first, second] = early ? reading : [replies.next(), replies.next()];
      second?.catch(() => {});
      expect(await first).toMatchObject({ value: { text: "good" } });
      expect(await failure(second as Promise<unknown>)).toMatchObject({ code: "DATA_LOSS" });
      expect(await router.take(1)).toMatchObject([{ type: FrameType.CANCEL, arg: Code.DATA_LOSS }]);
    }
  });

  it("that nobody asked for are refused as before", async () => {
    const { router, notes } = await linked({});
    const reply = notes.get({ text: "a" });
    router.send(data((await opened(router)).stream, packed("a")));
    expect(await failure(reply)).toMatchObject({ code: "UNIMPLEMENTED" });
  });
});

describe("calls from the router", () => {
  async function served(options = sending, until = async (): Promise<void> => {}) {
    const { router, link } = await linked(options);
    const seen: string[] = [];
    const ready = link.serve(NoteService, {
      async get({ text }) {
        seen.push(text);
        await until();
        return { text: text.slice(0, 10_000).toUpperCase() };
      },
      async put(requests) {
        for await (const { text } of requests) seen.push(text);
        return { text: "done" };
      },
      async *watch() {
        yield large;
        yield { text: "short" };
      },
    });
    await router.take(1);
    router.send({ type: FrameType.REGISTERED, stream: 1, payload: wire.Registered.encode({}) });
    await ready;
    const open = (method: string, more: Partial<FrameInit>): void =>
      router.send({
        type: FrameType.OPEN,
        flags: Flag.END,
        class: ZLIB_CLASS,
        stream: 2,
        meta: { name: `notes.v1.NoteService/${method}` },
        ...more,
      });
    return { router, open, seen };
  }

  it("are read compressed, and answered so where the answer is large", async () => {
    const { router, open, seen } = await served();
    open("Get", { payload: packed(long) });
    open("Get", { payload: packed("short"), stream: 4 });
    const [first, second] = await router.take(2);
    expect(seen).toEqual([long, "short"]);
    expect(first).toMatchObject({
      type: FrameType.DATA,
      class: ZLIB_CLASS,
      flags: Flag.END | Flag.PCRC,
    });
    expect(unpacked(first?.payload)).toBe(long.toUpperCase());
    expect(second).toMatchObject({ class: 0x80, payload: Note.encode({ text: "SHORT" }) });
  });

  it("stream answers of which the large ones are compressed", async () => {
    const { router, open } = await served();
    open("Watch", { payload: packed("a") });
    const sent = await router.take(3);
    expect(sent.map((frame) => frame.class)).toEqual([ZLIB_CLASS, 0x80, 0x80]);
    expect(unpacked(sent[0]?.payload)).toBe(long);
  });

  it("take no more inflated, all that are at work, than one message may", async () => {
    const gate = Promise.withResolvers<void>();
    const { router, open } = await served(sending, () => gate.promise);
    const half = packed("a".repeat(0.6 * limits.messageBytes));
    open("Get", { payload: half });
    open("Get", { payload: half, stream: 4 });
    const [refused] = await router.take(1);
    expect(refused).toMatchObject({
      type: FrameType.STATUS,
      stream: 4,
      flags: Flag.END | Flag.PCRC,
    });
    expect((refused?.arg ?? 0) & 0xff).toBe(Code.RESOURCE_EXHAUSTED);
    expect(wire.Status.decode(refused?.payload ?? new Uint8Array(0)).message).toContain("no room");
    gate.resolve();
    expect((await router.take(1))[0]?.stream).toBe(2);
    open("Get", { payload: half, stream: 6 });
    expect(await router.take(1)).toMatchObject([{ type: FrameType.DATA, stream: 6 }]);
  });

  it("are refused with what cannot be read, and the link goes on", async () => {
    const { router, open, seen } = await served();
    open("Get", { payload: Uint8Array.of(1) });
    open("Get", { payload: bomb(limits.messageBytes + 1), stream: 4 });
    open("Put", { payload: Uint8Array.of(1), stream: 6 });
    const answers = await router.take(3);
    expect(answers.map(({ type, arg }) => [type, arg & 0xff])).toEqual([
      [FrameType.STATUS, Code.DATA_LOSS],
      [FrameType.STATUS, Code.RESOURCE_EXHAUSTED],
      [FrameType.STATUS, Code.DATA_LOSS],
    ]);
    expect(answers.map((frame) => frame.class & 7)).toEqual([0, 0, 0]);
    expect(seen).toEqual([]);
    open("Get", { payload: packed("next"), stream: 8 });
    expect(await router.take(1)).toMatchObject([{ type: FrameType.DATA, stream: 8 }]);
  });
});

describe("events", () => {
  it("leave compressed at QoS 0", async () => {
    const { router, link } = await linked();
    await link.publish(NoteTopic, { text: "a", count: 1, bytes: new Uint8Array(5000) });
    const heard = await router.take(2);
    const publish = heard.find(({ type }) => type === FrameType.PUBLISH);
    expect(publish).toMatchObject({ class: ZLIB_CLASS, meta: { fingerprint: 7n } });
    expect(zlib.inflate(publish?.payload ?? new Uint8Array(0), 1 << 20)?.length).toBe(5008);
  });

  it("leave compressed at QoS 1, and as they are where the next link agreed on nothing", async () => {
    const welcome = { codecs: [0, 1] };
    const router = new RawRouter(welcome);
    const clock = new TestClock();
    const link = await router.link({ ...sending, clock, random: () => 0 });
    const receipt = link.publish(CertainNoteTopic, large);
    const published = async () => {
      for (;;) {
        const [frame] = await router.take(1);
        if (frame?.type === FrameType.PUBLISH) return frame;
      }
    };
    const first = await published();
    expect(first).toMatchObject({ class: 0x89, payloadCrc: router.crcOf(first.payload) });
    expect(unpacked(first.payload)).toBe(long);
    welcome.codecs = [0];
    router.cut();
    await settle();
    await clock.advance(1000);
    const again = await published();
    expect(again).toMatchObject({ class: 0x88, arg: first.arg, payload: Note.encode(large) });
    expect(again.payloadCrc).toBe(router.crcOf(again.payload));
    const { stream, arg } = again;
    const payload = encodePublishAck({ code: 0, epoch: 1, sequence: 1 });
    router.send({ type: FrameType.PUBACK, class: 0x88, stream, arg, payload });
    expect(await receipt).toMatchObject({ duplicate: false });
  });

  async function subscribed(qos: 0 | 1) {
    const { router, link } = await linked({ zlib });
    const topics = new RawTopics(router);
    const pending = link.subscribe(qos === 0 ? NoteTopic : CertainNoteTopic);
    await topics.accept({ qos });
    const items = await pending;
    const send = (arg: number, payload: Uint8Array): void =>
      router.send({ ...topics.frame(arg, arg, { qos }), class: qos === 0 ? 0x81 : 0x89, payload });
    return { router, topics, items, send };
  }

  it("are read compressed; one that cannot be read is a gap", async () => {
    const { items, send } = await subscribed(0);
    send(1, packed(long));
    send(2, Uint8Array.of(1, 2, 3));
    send(3, bomb(limits.messageBytes + 1));
    send(4, packed("last"));
    const seen = [];
    for (let count = 0; count < 4; count++) seen.push((await items.next()).value);
    expect(seen).toMatchObject([
      { kind: "event", value: { text: long } },
      { kind: "gap", count: 1, reason: "invalid" },
      { kind: "gap", count: 1 },
      { kind: "event", value: { text: "last" } },
    ]);
  });

  it("that nobody reads take no more than 16 MiB, and room comes with reading", async () => {
    const { items, send } = await subscribed(0);
    const tenMebibytes = zlib.deflate(Note.encode({ bytes: new Uint8Array(10 << 20) }));
    for (const arg of [1, 2]) send(arg, tenMebibytes);
    await settle();
    const seen = [(await items.next()).value, (await items.next()).value];
    expect(seen).toMatchObject([{ kind: "event" }, { kind: "gap", reason: "slow" }]);
    send(3, tenMebibytes);
    expect(await items.next()).toMatchObject({ value: { kind: "event", delivery: 3 } });
  });

  it("of QoS 1 go back where they are damaged, and are rejected where they are too large", async () => {
    const { topics, items, send } = await subscribed(1);
    send(1, Uint8Array.of(1, 2, 3));
    expect(await topics.answers(1)).toEqual(["nack 1 after 0"]);
    send(2, bomb(limits.messageBytes + 1));
    expect(await topics.answers(1)).toEqual(["term 2"]);
    send(3, packed("good"));
    const seen = [(await items.next()).value, (await items.next()).value];
    expect(seen).toMatchObject([{ kind: "gap", reason: "invalid" }, { value: { text: "good" } }]);
  });
});
