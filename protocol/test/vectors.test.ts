import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  AliasAction,
  Code,
  crc32,
  decodeHeader,
  encodeCredit,
  encodeFrame,
  encodeGap,
  encodeHeader,
  encodePublishAck,
  encodeReplay,
  Flag,
  FrameDecoder,
  type FrameInit,
  FrameType,
  frameClass,
  GapReason,
  HEADER_BYTES,
  packCode,
  Reason,
} from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";

const folder = new URL("../../schema/vectors/", import.meta.url);
const vectors = JSON.parse(readFileSync(new URL("frames.json", folder), "utf8")) as {
  readonly crc32: { readonly of: string; readonly is: string };
  readonly frames: readonly { readonly name: string; readonly hex: string }[];
};
const utf8 = (text: string) => new TextEncoder().encode(text);
const count = (from: number, length: number) => Uint8Array.from({ length }, (_, at) => from + at);
const big = Uint8Array.from({ length: 300 }, (_, at) => at % 251);
const { OPEN, DATA, PUBLISH, EVACK, ALIAS } = FrameType;
const hello = utf8("hello");

/** What each vector says, in our own words; the bytes must come out equal. */
const inits: Readonly<Record<string, FrameInit>> = {
  ping: { type: FrameType.PING, payload: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 42) },
  "open-unary": { type: OPEN, flags: Flag.END, stream: 1, route: 7, arg: 250, payload: hello },
  "open-unary-forwarded": {
    type: OPEN,
    flags: Flag.END,
    hops: 15,
    stream: 2,
    route: 9,
    arg: 249,
    payload: hello,
  },
  "open-named": {
    type: OPEN,
    flags: Flag.END,
    stream: 1,
    meta: { name: "demo.Echo/Say" },
    payload: hello,
  },
  "open-trace": {
    type: OPEN,
    flags: Flag.END | Flag.TRACE,
    stream: 3,
    route: 7,
    arg: 250,
    meta: { trace: { id: count(1, 16), span: count(1, 8), flags: 1 } },
    payload: hello,
  },
  "open-users": {
    type: OPEN,
    flags: Flag.END,
    stream: 5,
    route: 7,
    meta: {
      user: [
        ["team", "blue"],
        ["key-bin", Uint8Array.of(0, 255)],
      ],
    },
    payload: hello,
  },
  "open-bidi-empty": { type: OPEN, stream: 7, route: 7 },
  "open-empty-message": {
    type: OPEN,
    flags: Flag.END,
    stream: 9,
    route: 7,
    payload: new Uint8Array(0),
  },
  "fragment-1": {
    type: OPEN,
    flags: Flag.MORE,
    stream: 11,
    route: 7,
    arg: 250,
    payload: big.subarray(0, 100),
  },
  "fragment-2": {
    type: DATA,
    flags: Flag.MORE,
    stream: 11,
    payload: big.subarray(100, 200),
    crcBefore: crc32(big, 0, 100),
  },
  "fragment-3": {
    type: DATA,
    flags: Flag.END,
    stream: 11,
    payload: big.subarray(200),
    crcBefore: crc32(big, 0, 200),
  },
  "data-end": { type: DATA, flags: Flag.END, stream: 1, payload: utf8("world") },
  "data-second": { type: DATA, stream: 1, arg: 1, payload: utf8("again") },
  "half-close": { type: DATA, flags: Flag.END, stream: 7 },
  "status-noexec": {
    type: FrameType.STATUS,
    flags: Flag.END | Flag.NOEXEC,
    stream: 1,
    arg: Code.UNAVAILABLE,
  },
  cancel: { type: FrameType.CANCEL, stream: 1, arg: Code.CANCELLED },
  credit: {
    type: FrameType.CREDIT,
    stream: 3,
    payload: encodeCredit({ messages: 64, bytes: 262144 }),
  },
  "alias-bind": { type: ALIAS, route: 7, arg: AliasAction.BIND, meta: { name: "demo.Echo/Say" } },
  "alias-free": { type: ALIAS, route: 7, arg: AliasAction.FREE },
  "publish-qos0": { type: PUBLISH, flags: Flag.RETAIN, route: 12, payload: utf8("21.5") },
  "publish-lane-first": {
    type: PUBLISH,
    class: frameClass(4, 1),
    stream: 13,
    route: 12,
    arg: 1,
    meta: { producer: { id: count(0, 16), epoch: 3, sequence: 1 } },
    payload: utf8("21.5"),
  },
  "publish-lane-next": {
    type: PUBLISH,
    class: frameClass(4, 1),
    stream: 13,
    route: 12,
    arg: 2,
    payload: utf8("21.6"),
  },
  puback: {
    type: FrameType.PUBACK,
    stream: 13,
    arg: 2,
    payload: encodePublishAck({ code: 0, epoch: 5, sequence: 1001 }),
  },
  event: {
    type: FrameType.EVENT,
    class: frameClass(4, 1),
    hops: 15,
    stream: 15,
    route: 4,
    arg: 1,
    meta: { position: { epoch: 5, sequence: 1001 } },
    payload: utf8("21.6"),
  },
  evack: { type: EVACK, flags: Flag.END, stream: 15, arg: 1, payload: Uint8Array.of(0) },
  "evack-nack": {
    type: EVACK,
    stream: 15,
    arg: 2,
    payload: Uint8Array.of(1, 0, 0, 1, 0xf4),
  },
  gap: {
    type: FrameType.GAP,
    stream: 15,
    route: 4,
    payload: encodeGap({ epoch: 5, from: 1002, to: 1004, count: 3, reason: GapReason.SLOW }),
  },
  subscribe: { type: FrameType.SUBSCRIBE, stream: 15, arg: 1024, payload: utf8("\n\borders.*") },
  "publish-clear": { type: PUBLISH, flags: Flag.RETAIN, route: 12, payload: new Uint8Array(0) },
  "publish-lane-last": {
    type: PUBLISH,
    flags: Flag.END,
    class: frameClass(4, 1),
    stream: 13,
    route: 12,
    arg: 3,
    payload: utf8("21.7"),
  },
  "puback-refused": {
    type: FrameType.PUBACK,
    meta: { name: "$sys.time" },
    payload: encodePublishAck({ code: Code.PERMISSION_DENIED, epoch: 0, sequence: 0 }),
  },
  "puback-duplicate": {
    type: FrameType.PUBACK,
    stream: 13,
    arg: 2,
    payload: encodePublishAck({
      code: packCode(Code.ALREADY_EXISTS, Reason.DUPLICATE),
      epoch: 5,
      sequence: 1001,
    }),
  },
  "puback-fenced": {
    type: FrameType.PUBACK,
    stream: 13,
    arg: 4,
    payload: encodePublishAck({
      code: packCode(Code.ABORTED, Reason.FENCED),
      epoch: 0,
      sequence: 0,
    }),
  },
  "event-retained": {
    type: FrameType.EVENT,
    flags: Flag.RETAIN,
    hops: 15,
    stream: 15,
    route: 4,
    arg: 1,
    meta: { position: { epoch: 5, sequence: 1001 } },
    payload: utf8("21.6"),
  },
  "event-redelivered": {
    type: FrameType.EVENT,
    flags: Flag.DUP,
    class: frameClass(4, 1),
    hops: 15,
    stream: 15,
    route: 4,
    arg: 2,
    meta: { position: { epoch: 5, sequence: 1001 }, attempt: 2 },
    payload: utf8("21.6"),
  },
  "event-dead-letter": {
    type: FrameType.EVENT,
    class: frameClass(4, 1),
    hops: 15,
    stream: 15,
    arg: 3,
    meta: {
      name: "$dead.orders",
      position: { epoch: 5, sequence: 1001 },
      deadLetterReason: "5 deliveries",
    },
    payload: utf8("21.6"),
  },
  "evack-progress": { type: EVACK, stream: 15, arg: 3, payload: Uint8Array.of(2) },
  "evack-term": { type: EVACK, stream: 15, arg: 3, payload: Uint8Array.of(3) },
  "gap-reset": {
    type: FrameType.GAP,
    stream: 15,
    meta: { name: "orders" },
    payload: encodeGap({ epoch: 6, from: 0, to: 0, count: 0, reason: GapReason.RESET }),
  },
  replay: {
    type: FrameType.REPLAY,
    stream: 15,
    route: 12,
    payload: encodeReplay({ epoch: 5, from: 1002, to: 1004, most: 10 }),
  },
  "data-zlib": {
    type: DATA,
    flags: Flag.END,
    class: frameClass(4, 0, 1),
    stream: 17,
    payload: Buffer.from("789c4b4c1c0583090000bcc29791", "hex"),
  },
};

describe("golden vectors", () => {
  it("are the frozen files", () => {
    const sums = readFileSync(new URL("SHA256SUMS", folder), "utf8").trim().split("\n");
    expect(sums.length).toBeGreaterThan(0);
    for (const line of sums) {
      const [sum, name = ""] = line.split(/\s+/);
      expect(
        createHash("sha256")
          .update(readFileSync(new URL(name, folder)))
          .digest("hex"),
      ).toBe(sum);
    }
  });

  it("agree about the CRC", () => {
    expect(crc32(utf8(vectors.crc32.of)).toString(16)).toBe(vectors.crc32.is);
  });

  it("are all known here", () => {
    expect(Object.keys(inits).sort()).toEqual(vectors.frames.map((frame) => frame.name).sort());
  });

  for (const { name, hex } of vectors.frames) {
    it(`encode: ${name}`, () => {
      expect(Buffer.from(encodeFrame(inits[name] as FrameInit)).toString("hex")).toBe(hex);
    });

    it(`header survives its value form: ${name}`, () => {
      const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
      const copy = new Uint8Array(HEADER_BYTES);
      const view = new DataView(bytes.buffer);
      encodeHeader(copy, new DataView(copy.buffer), 0, decodeHeader(view));
      expect(copy).toEqual(bytes.subarray(0, HEADER_BYTES));
    });
  }

  it("come out whole, split at every byte", () => {
    const all = Buffer.from(vectors.frames.map((frame) => frame.hex).join(""), "hex");
    for (let cut = 0; cut <= all.length; cut++) {
      const seen = collect([all.subarray(0, cut), all.subarray(cut)]);
      expect(seen).toEqual(vectors.frames.map((frame) => frame.hex));
    }
    expect(collect(Array.from(all, (byte: number) => Uint8Array.of(byte)))).toEqual(
      vectors.frames.map((frame) => frame.hex),
    );
  });
});

function collect(chunks: readonly Uint8Array[]): readonly string[] {
  const seen: string[] = [];
  const decoder = new FrameDecoder((bytes, _view, start, end) => {
    seen.push(Buffer.from(bytes.subarray(start, end)).toString("hex"));
    return undefined;
  });
  decoder.allowFullFrames();
  for (const chunk of chunks) expect(decoder.push(chunk)).toBeUndefined();
  return seen;
}
