/** Frames as cases spell them: names of types, flags and codes in place of numbers, payloads by the numbers of fields. */
import { type MetaParts, metaBytes, readMeta } from "../referee/meta.ts";
import { decodeFields, encodeMessage, type Message } from "../referee/protobuf.ts";
import { type Frame, flag, frame, type } from "../referee/wire.ts";
import { codes, linkCodes, reasons } from "./codes.ts";
import { rawPayload, rawTold } from "./raw-payloads.ts";

type Words = Readonly<Record<string, unknown>>;

const types: Words = Object.fromEntries(
  Object.entries(type).map(([name, number]) => [name.toUpperCase(), number]),
);
const flags: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(flag).map(([name, bit]) => [name.toUpperCase(), bit]),
);

export class BadCase extends Error {}

export function typeNumber(word: unknown): number {
  const number = typeof word === "number" ? word : types[String(word)];
  if (typeof number !== "number") throw new BadCase(`no frame type ${String(word)}`);
  return number;
}

function flagBits(words: unknown): number {
  if (typeof words === "number") return words;
  return (words as readonly string[]).reduce((bits, word) => {
    const bit = flags[word];
    if (bit === undefined) throw new BadCase(`no flag ${word}`);
    return bits | bit;
  }, 0);
}

export function flagWords(bits: number): readonly string[] {
  const known = Object.entries(flags).filter(([, bit]) => (bits & bit) !== 0);
  return known.map(([name]) => name);
}

/** A number, the name of a code or a link code, or `{code, reason}` packed. */
export function argNumber(word: unknown): number {
  if (typeof word === "number") return word;
  if (typeof word === "object" && word !== null) {
    const { code, reason } = word as Words;
    return ((reasons[String(reason)] ?? 0) << 8) | (codes[String(code)] ?? 0);
  }
  const code = linkCodes[String(word)] ?? codes[String(word)];
  if (code === undefined) throw new BadCase(`no code ${String(word)}`);
  return code;
}

/** What a case expects of a frame, with numbers in place of names. */
export function frameExpected(words: Words): Words {
  const { type: name, arg, ...rest } = words;
  const isRule = typeof arg === "object" && arg !== null && !("code" in arg);
  return {
    ...rest,
    ...(name === undefined ? {} : { type: typeNumber(name) }),
    ...(arg === undefined ? {} : { arg: isRule ? arg : argNumber(arg) }),
  };
}

/** Bytes from `{pb: {...}}`, `{hex: ...}`, `{text: ...}`, `{size: n}`, `{puback: {...}}` and the like, or a base64 text. */
export function payloadBytes(word: unknown): Buffer {
  if (word === undefined) return Buffer.alloc(0);
  if (typeof word === "string") return Buffer.from(word, "base64");
  const raw = rawPayload(word as Words);
  if (raw !== undefined) return raw;
  const { pb, hex, text, size, u64 } = word as Words;
  if (pb !== undefined) return encodeMessage(pb as Message);
  if (typeof hex === "string") return Buffer.from(hex, "hex");
  if (typeof text === "string") return Buffer.from(text);
  if (typeof size === "number") return Buffer.alloc(size, 0x61);
  if (Array.isArray(u64)) {
    const bytes = Buffer.alloc(u64.length * 8);
    for (const [at, value] of u64.entries()) bytes.writeBigUInt64BE(BigInt(value), at * 8);
    return bytes;
  }
  throw new BadCase(`no payload ${JSON.stringify(word)}`);
}

/** The bytes of one frame from its words; an empty message has `payload: {text: ""}`. */
export function frameFrom(words: Words): Buffer {
  const number = typeNumber(words.type);
  const hasPayload = words.payload !== undefined;
  const payload = payloadBytes(words.payload);
  const given = words.flags === undefined ? 0 : flagBits(words.flags);
  const carries = hasPayload && number >= 0x06 && number <= 0x33;
  const one = (key: string) => (typeof words[key] === "number" ? { [key]: words[key] } : {});
  return frame({
    type: number,
    flags: given | (carries ? flag.pcrc : 0),
    payload,
    ...(words.meta === undefined ? {} : { meta: metaBytes(words.meta as MetaParts) }),
    ...(words.arg === undefined ? {} : { arg: argNumber(words.arg) }),
    ...one("class"),
    ...one("hops"),
    ...one("stream"),
    ...one("route"),
    ...one("payloadCrc"),
  });
}

/** A frame in the words that expectations use. */
export function frameTold(heard: Frame): Words {
  const fields = decodeFields(heard.payload);
  const pb =
    fields &&
    Object.fromEntries(
      Object.entries(fields).map(([number, values]) => {
        const told = values.map((each) => (Buffer.isBuffer(each) ? each.toString("utf8") : each));
        return [number, told.length === 1 ? told[0] : told];
      }),
    );
  return {
    type: heard.type,
    flags: flagWords(heard.flags),
    class: heard.class,
    priority: heard.class >>> 5,
    hops: heard.hops,
    stream: heard.stream,
    route: heard.route,
    arg: heard.arg,
    meta: readMeta(heard.meta) ?? "cut off",
    payload: heard.payload.toString("base64"),
    size: heard.payload.length,
    hex: heard.payload.toString("hex"),
    u64: heard.payload.length % 8 === 0 ? u64Told(heard.payload) : [],
    ...(pb === undefined ? {} : { pb }),
    ...rawTold(heard),
  };
}

function u64Told(bytes: Buffer): readonly number[] {
  return Array.from({ length: Math.min(bytes.length / 8, 4) }, (_, at) =>
    Number(bytes.readBigUInt64BE(at * 8)),
  );
}
