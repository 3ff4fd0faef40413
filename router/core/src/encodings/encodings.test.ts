import {
  Code,
  crc32,
  Flag,
  type FrameInit,
  FrameType,
  Reason,
  readCredit,
  wire,
} from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { methods, open, SERVICE } from "../testing/demo.ts";
import {
  both,
  encodings,
  expectIntact,
  json,
  only,
  packed,
  plain,
  ZLIB,
  zlib,
} from "../testing/encodings.ts";
import { Harness, type Peer, text, utf8 } from "../testing/harness.ts";

function setUp(client: wire.HelloInit, server: wire.HelloInit) {
  const harness = new Harness({ encodings });
  const provider = harness.peer(server).registerAs(1, { service: SERVICE, methods });
  provider.take();
  return { harness, client: harness.peer(client), provider };
}

const say = (more: Partial<FrameInit>): FrameInit =>
  open(1, `${SERVICE}/Say`, { flags: Flag.END, ...more });
const sayJson = (value: unknown): FrameInit =>
  say({ flags: Flag.END | Flag.JSON, payload: utf8(JSON.stringify(value)) });

function statusOf(peer: Peer): { code: number; message: string; flags: number; reason: number } {
  const { arg, payload, flags } = only(peer, FrameType.STATUS);
  const { message, reason } = wire.Status.decode(payload);
  return { code: arg, message, flags, reason };
}

describe("a compressed request", () => {
  test("is forwarded untouched to who reads it", () => {
    const { client, provider } = setUp(zlib, zlib);
    client.send(say({ class: ZLIB, payload: packed(3) }));
    const got = only(provider, FrameType.OPEN);
    expect(got).toMatchObject({ class: ZLIB, payload: packed(3) });
    expectIntact(got);
  });

  test("is inflated for who does not, meta and all", () => {
    const { client, provider } = setUp(zlib, plain);
    const meta = { name: `${SERVICE}/Say`, user: [["k", "v"] as const] };
    client.send(say({ class: ZLIB, payload: packed(3), meta, arg: 500 }));
    const got = only(provider, FrameType.OPEN);
    expect(got).toMatchObject({ class: 0x80, arg: 500, meta });
    expect(text(got.payload)).toBe("a".repeat(300));
    expectIntact(got);
  });

  test("keeps its trace for who watches", () => {
    const { harness, client, provider } = setUp(zlib, plain);
    const traces: (Uint8Array | undefined)[] = [];
    harness.router.observe({ callEnded: ({ traceId }) => traces.push(traceId) });
    const id = new Uint8Array(16).fill(9);
    const trace = { id, span: new Uint8Array(8).fill(1), flags: 1 };
    const meta = { name: `${SERVICE}/Say`, trace };
    client.send(say({ class: ZLIB, payload: packed(3), meta }));
    const { stream } = only(provider, FrameType.OPEN);
    provider.send({ type: FrameType.DATA, flags: Flag.END, stream, payload: utf8("x") });
    expect(traces).toEqual([id]);
  });

  test("is refused where the sender did not agree on it", () => {
    const { client, provider } = setUp(plain, zlib);
    client.send(say({ class: ZLIB, payload: packed(1) }));
    expect(statusOf(client)).toMatchObject({ code: Code.UNIMPLEMENTED });
    expect(provider.take()).toEqual([]);
  });

  test.each<[what: string, frame: Partial<FrameInit>, code: Code]>([
    ["a bomb", { payload: new Uint8Array(2000).fill(255) }, Code.UNIMPLEMENTED],
    ["what is no zlib", { payload: Uint8Array.of(1) }, Code.DATA_LOSS],
    ["a message in fragments", { payload: packed(1), flags: Flag.MORE }, Code.UNIMPLEMENTED],
    ["a damaged payload", { payload: packed(1), crcBefore: 7 }, Code.DATA_LOSS],
    ["codec 2", { payload: packed(1), class: 0x82 }, Code.UNIMPLEMENTED],
  ])("is refused before anything ran: %s", (_what, frame, code) => {
    const { client, provider } = setUp(zlib, plain);
    client.send(say({ class: ZLIB, ...frame }));
    const { code: got, flags } = statusOf(client);
    expect(got).toBe(code);
    expect(flags & Flag.NOEXEC).toBe(Flag.NOEXEC);
    expect(provider.take()).toEqual([]);
  });

  test("that is damaged says so", () => {
    const { client } = setUp(zlib, plain);
    client.send(say({ class: ZLIB, payload: packed(1), crcBefore: 7 }));
    expect(statusOf(client).reason).toBe(Reason.PAYLOAD_CRC);
  });

  test("in fragments passes where it is read", () => {
    const { client, provider } = setUp(zlib, zlib);
    const payload = packed(1);
    client.send(open(1, `${SERVICE}/Chat`, { class: ZLIB, flags: Flag.MORE, payload }));
    const crcBefore = crc32(payload, 0, payload.length);
    const rest = { type: FrameType.DATA, class: ZLIB, stream: 1, payload, crcBefore };
    client.send({ ...rest, flags: Flag.END });
    expect(provider.takeOf(FrameType.OPEN).length + 1).toBe(2);
    expect(client.takeOf(FrameType.STATUS)).toEqual([]);
  });
});

describe("a compressed answer", () => {
  test("is inflated for a client without zlib", () => {
    const { client, provider } = setUp(plain, zlib);
    client.send(say({ payload: utf8("x") }));
    const { stream } = only(provider, FrameType.OPEN);
    provider.send({
      type: FrameType.DATA,
      flags: Flag.END,
      class: ZLIB,
      stream,
      payload: packed(2),
    });
    const got = only(client, FrameType.DATA);
    expect(got.class).toBe(0x80);
    expect(text(got.payload)).toBe("a".repeat(200));
    expectIntact(got);
  });

  test("that is more than its credit ends the call for both", () => {
    const { client, provider } = setUp(plain, zlib);
    client.send(open(1, `${SERVICE}/Watch`, { flags: Flag.END, payload: utf8("x") }));
    const { stream } = only(provider, FrameType.OPEN);
    const big = { type: FrameType.DATA, class: ZLIB, stream, payload: packed(200) };
    for (let arg = 0; arg < 4; arg++) provider.send({ ...big, arg });
    const frames = client.take();
    expect(frames.filter(({ type }) => type === FrameType.DATA).length).toBe(3);
    expect(frames.at(-1)).toMatchObject({ type: FrameType.STATUS, arg: Code.UNIMPLEMENTED });
    expect(only(provider, FrameType.CANCEL).stream).toBe(stream);
  });

  test("is counted to each side in its own bytes", () => {
    const { harness, client, provider } = setUp(plain, zlib);
    client.send(open(1, `${SERVICE}/Watch`, { flags: Flag.END, payload: utf8("x") }));
    const { stream } = only(provider, FrameType.OPEN);
    const frame = { type: FrameType.DATA, class: ZLIB, stream, payload: packed(200) };
    for (let arg = 0; arg < 3; arg++) provider.send({ ...frame, arg });
    expect(client.takeOf(FrameType.DATA).length).toBe(3);
    const credit = new Uint8Array(16);
    new DataView(credit.buffer).setUint32(4, 64);
    new DataView(credit.buffer).setUint32(12, 65_536 + 60_000);
    client.send({ type: FrameType.CREDIT, stream: 1, payload: credit });
    const told = only(provider, FrameType.CREDIT);
    const read = readCredit(new DataView(told.payload.slice().buffer), 0, 16);
    // Six bytes were sent, sixty thousand were given on.
    expect(read).toMatchObject({ payload: { messages: 64, bytes: 65_536 + 6 } });
    for (let arg = 3; arg < 6; arg++) provider.send({ ...frame, arg });
    expect(client.takeOf(FrameType.DATA).length).toBe(3);
    client.send({ type: FrameType.CANCEL, stream: 1, arg: Code.CANCELLED });
    expect(harness.router.stats.creditBytes).toBe(0);
  });
});

describe("proto-JSON", () => {
  test("passes from end to end where both have it", () => {
    const { client, provider } = setUp(json, json);
    client.send(sayJson({ any: "thing" }));
    const got = only(provider, FrameType.OPEN);
    expect(got.flags & Flag.JSON).toBe(Flag.JSON);
    expect(text(got.payload)).toBe('{"any":"thing"}');
  });

  test("becomes binary for who has it not", () => {
    const { client, provider } = setUp(json, plain);
    client.send(sayJson({ text: "hello" }));
    const got = only(provider, FrameType.OPEN);
    expect(got.flags & Flag.JSON).toBe(0);
    expect(text(got.payload)).toBe("hello");
    expectIntact(got);
  });

  test("comes out from under its compression for who has only that", () => {
    const { client, provider } = setUp(both, zlib);
    const payload = Uint8Array.of(1, 0x20);
    client.send(say({ class: ZLIB, flags: Flag.END | Flag.JSON, payload }));
    expect(statusOf(client)).toMatchObject({ code: Code.INVALID_ARGUMENT });
    expect(provider.take()).toEqual([]);
  });

  test.each<[what: string, payload: Uint8Array]>([
    ["what does not fit the schema", utf8("[]")],
    ["what is no JSON", utf8("{")],
    ["what is not UTF-8", Uint8Array.of(0xff)],
  ])("that cannot be read is an invalid argument: %s", (_what, payload) => {
    const { client } = setUp(json, plain);
    client.send(say({ flags: Flag.END | Flag.JSON, payload }));
    const { code, flags } = statusOf(client);
    expect(code).toBe(Code.INVALID_ARGUMENT);
    expect(flags & Flag.NOEXEC).toBe(Flag.NOEXEC);
  });

  test("without a schema is refused with what to do", () => {
    const harness = new Harness();
    harness.peer().registerAs(1, { service: SERVICE, methods });
    const client = harness.peer(json);
    client.send(sayJson({ text: "x" }));
    const { code, message } = statusOf(client);
    expect(code).toBe(Code.UNIMPLEMENTED);
    expect(message).toContain("no schema");
  });

  test("nobody agreed on ends the call", () => {
    const { client, provider } = setUp(plain, json);
    client.send(sayJson({ text: "x" }));
    expect(statusOf(client).code).toBe(Code.UNIMPLEMENTED);
    expect(provider.take()).toEqual([]);
  });
});

describe("translations", () => {
  test("are paid by who makes them needed, and by nobody else", () => {
    const harness = new Harness({ encodings, limits: { translatedBytesPerSecond: 60_000 } });
    const server = harness.peer().registerAs(1, { service: SERVICE, methods });
    const [greedy, modest] = [harness.peer(zlib), harness.peer(zlib)];
    const ask = (peer: Peer, stream: number) => {
      peer.send(say({ stream, class: ZLIB, payload: packed(250) }));
      return peer.takeOf(FrameType.STATUS).map((frame) => wire.Status.decode(frame.payload).reason);
    };
    const answers = [1, 3, 5, 7, 9].flatMap((stream) => ask(greedy, stream));
    expect(answers).toEqual([Reason.RATE_LIMITED, Reason.RATE_LIMITED]);
    expect(ask(modest, 1)).toEqual([]);
    expect(server.takeOf(FrameType.OPEN).length).toBe(4);
    harness.advance(500);
    expect(ask(greedy, 11)).toEqual([]);
  });
});
