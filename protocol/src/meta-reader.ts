/**
 * Reads a meta block: its CRC first, then its structure, then its values. Every fault is a value that names the verdict; the
 * result owns its bytes. What a receiver may ignore is decided by the receiver.
 */
import { crc32 } from "./crc32.ts";
import { limits } from "./gen/limits.ts";
import {
  CRITICAL,
  isUserKey,
  META_CRC_BYTES,
  type Meta,
  type MetaFault,
  type MetaResult,
  metaCrcFault,
  metaMalformed,
  Tag,
  type UnknownTag,
  type UserPair,
} from "./meta.ts";
import { sizeFault, tooLarge } from "./meta-value.ts";
import { readUtf8 } from "./text.ts";

type Draft = { -readonly [Key in keyof Meta]: Meta[Key] } & {
  user?: UserPair[];
  unknown?: UnknownTag[];
};

const NONE: MetaResult = { kind: "meta", meta: {} };
/** Whether the block from `start` to `end`, CRC included, is undamaged. An empty block is. */
export function metaCrcMatches(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): boolean {
  if (start === end) return true;
  const body = end - META_CRC_BYTES;
  return body >= start && view.getUint32(body) === crc32(bytes, start, body);
}

/** Reads the block from `start` to `end`, its CRC included. */
export function readMeta(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): MetaResult {
  if (start === end) return NONE;
  if (!metaCrcMatches(bytes, view, start, end)) return metaCrcFault();
  const draft: Draft = {};
  const fault = scanMeta(bytes, view, start, end, (tag, from, to) =>
    readField(draft, { bytes, view, tag, from, to }),
  );
  return fault ?? { kind: "meta", meta: draft };
}

/** Called for every field: the whole tag byte, and where its value lies. A fault it returns ends the scan. */
export type MetaVisitor = (tag: number, from: number, to: number) => MetaFault | undefined;

/** Walks the fields of a block whose CRC is known to be right; finds overruns and repeated tags. */
export function scanMeta(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  visit: MetaVisitor,
): MetaFault | undefined {
  const body = end - META_CRC_BYTES;
  const seen = [0, 0, 0, 0];
  let at = start;
  while (at < body) {
    const tag = bytes[at] as number;
    if (at + 2 > body) return metaMalformed("a field is cut off");
    let length = bytes[at + 1] as number;
    at += 2;
    if (length === 255) {
      if (at + 2 > body) return metaMalformed("a field is cut off");
      length = view.getUint16(at);
      at += 2;
      if (length < 255) return metaMalformed("a long length below 255");
    }
    if (at + length > body) return metaMalformed("a field is cut off");
    const identity = tag & 0x7f;
    const bit = 1 << (identity & 31);
    const word = seen[identity >>> 5] as number;
    if ((word & bit) !== 0 && identity !== Tag.USER)
      return metaMalformed(`tag ${hex(identity)} stands twice`);
    seen[identity >>> 5] = word | bit;
    const fault = visit(tag, at, at + length);
    if (fault !== undefined) return fault;
    at += length;
  }
  return undefined;
}

interface Field {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly tag: number;
  readonly from: number;
  readonly to: number;
}

function readField(draft: Draft, field: Field): MetaFault | undefined {
  const { bytes, view, from, to } = field;
  const tag = field.tag & 0x7f;
  const size = sizeFault(tag, to - from);
  if (size !== undefined) return size;
  switch (tag) {
    case Tag.TRACE:
      draft.trace = {
        id: bytes.slice(from, from + 16),
        span: bytes.slice(from + 16, from + 24),
        flags: bytes[from + 24] as number,
      };
      return undefined;
    case Tag.USER:
      return readUser(draft, field);
    case Tag.PRODUCER: {
      const sequence = getUint64(view, from + 20);
      if (sequence === undefined) return tooLarge(tag);
      draft.producer = {
        id: bytes.slice(from, from + 16),
        epoch: view.getUint32(from + 16),
        sequence,
      };
      return undefined;
    }
    case Tag.POSITION: {
      const sequence = getUint64(view, from + 4);
      if (sequence === undefined) return tooLarge(tag);
      draft.position = { epoch: view.getUint32(from), sequence };
      return undefined;
    }
    case Tag.ORDERING_KEY:
      draft.orderingKey = bytes.slice(from, to);
      return undefined;
    case Tag.TTL:
      draft.ttlMs = view.getUint32(from);
      return undefined;
    case Tag.FINGERPRINT:
      draft.fingerprint = view.getBigUint64(from);
      return undefined;
    case Tag.IDEMPOTENCY_KEY:
      draft.idempotencyKey = bytes.slice(from, to);
      return undefined;
    case Tag.ATTEMPT:
      draft.attempt = bytes[from] as number;
      return undefined;
    case Tag.INITIAL_CREDIT:
      draft.initialCredit = {
        messages: view.getUint32(from),
        kibibytes: view.getUint32(from + 4),
      };
      return undefined;
    case Tag.INGRESS_TIME: {
      const time = getUint64(view, from);
      if (time === undefined) return tooLarge(tag);
      draft.ingressTime = time;
      return undefined;
    }
    case Tag.ORIGIN:
      draft.origin = bytes.slice(from, to);
      return undefined;
    default:
      return readText(draft, field);
  }
}

const textFields: Readonly<Record<number, TextKey>> = {
  [Tag.NAME]: "name",
  [Tag.TRACESTATE]: "tracestate",
  [Tag.PRINCIPAL]: "principal",
  [Tag.DEAD_LETTER_REASON]: "deadLetterReason",
  [Tag.CORRELATION_ID]: "correlationId",
  [Tag.CONTENT_TYPE]: "contentType",
};
type TextKey =
  | "name"
  | "tracestate"
  | "principal"
  | "deadLetterReason"
  | "correlationId"
  | "contentType";

function readText(draft: Draft, field: Field): MetaFault | undefined {
  const tag = field.tag & 0x7f;
  const key = textFields[tag];
  if (key === undefined) {
    draft.unknown ??= [];
    draft.unknown.push({
      tag,
      critical: (field.tag & CRITICAL) !== 0,
      value: field.bytes.slice(field.from, field.to),
    });
    return undefined;
  }
  const text = readUtf8(field.bytes, field.from, field.to);
  if (text === undefined) return metaMalformed(`tag ${hex(tag)} is not UTF-8`);
  draft[key] = text;
  return undefined;
}

function readUser(draft: Draft, field: Field): MetaFault | undefined {
  const { bytes, from, to } = field;
  const keyEnd = from + 1 + (bytes[from] ?? 0);
  if (from === to || keyEnd > to) return metaMalformed("a user pair is cut off");
  const key = readUtf8(bytes, from + 1, keyEnd);
  if (key === undefined || !isUserKey(key))
    return metaMalformed("a user key must match [a-z0-9._-]{1,255}");
  draft.user ??= [];
  if (draft.user.length === limits.userPairs)
    return metaMalformed(`more than ${limits.userPairs} user pairs`);
  const value = key.endsWith("-bin") ? bytes.slice(keyEnd, to) : readUtf8(bytes, keyEnd, to);
  if (value === undefined) return metaMalformed(`the value of "${key}" is not UTF-8`);
  draft.user.push([key, value]);
  return undefined;
}

/** A u64 as a number; undefined where it is not exact. */
export function getUint64(view: DataView, at: number): number | undefined {
  const value = view.getUint32(at) * 0x1_0000_0000 + view.getUint32(at + 4);
  return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

const hex = (tag: number): string => tag.toString(16).padStart(2, "0");
