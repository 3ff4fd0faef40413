/**
 * Writes a meta block with its CRC into a buffer, tags ascending, so that equal metas have equal bytes. What may be sent at
 * all is decided before (`metaProblem`).
 */
import { crc32 } from "./crc32.ts";
import { CRITICAL, META_CRC_BYTES, type Meta, Tag, type UserPair } from "./meta.ts";
import { utf8Bytes, writeUtf8 } from "./text.ts";

const LONG_LENGTH = 255;
const TRACE_BYTES = 25;
const PRODUCER_BYTES = 28;
const POSITION_BYTES = 12;

/** The size of the whole block with its CRC; 0 when there is nothing to say. */
export function metaBytes(meta: Meta): number {
  let size = 0;
  if (meta.name !== undefined) size += fieldBytes(utf8Bytes(meta.name));
  if (meta.trace !== undefined) size += fieldBytes(TRACE_BYTES);
  if (meta.tracestate !== undefined) size += fieldBytes(utf8Bytes(meta.tracestate));
  for (const pair of meta.user ?? []) size += fieldBytes(userBytes(pair));
  if (meta.producer !== undefined) size += fieldBytes(PRODUCER_BYTES);
  if (meta.position !== undefined) size += fieldBytes(POSITION_BYTES);
  if (meta.orderingKey !== undefined) size += fieldBytes(meta.orderingKey.length);
  if (meta.ttlMs !== undefined) size += fieldBytes(4);
  if (meta.fingerprint !== undefined) size += fieldBytes(8);
  if (meta.principal !== undefined) size += fieldBytes(utf8Bytes(meta.principal));
  if (meta.idempotencyKey !== undefined) size += fieldBytes(meta.idempotencyKey.length);
  if (meta.attempt !== undefined) size += fieldBytes(1);
  if (meta.initialCredit !== undefined) size += fieldBytes(8);
  if (meta.ingressTime !== undefined) size += fieldBytes(8);
  if (meta.origin !== undefined) size += fieldBytes(meta.origin.length);
  if (meta.deadLetterReason !== undefined) size += fieldBytes(utf8Bytes(meta.deadLetterReason));
  if (meta.correlationId !== undefined) size += fieldBytes(utf8Bytes(meta.correlationId));
  if (meta.contentType !== undefined) size += fieldBytes(utf8Bytes(meta.contentType));
  for (const each of meta.unknown ?? []) size += fieldBytes(each.value.length);
  return size === 0 ? 0 : size + META_CRC_BYTES;
}

/** The block as bytes of its own. */
export function encodeMeta(meta: Meta): Uint8Array {
  const bytes = new Uint8Array(metaBytes(meta));
  writeMeta(bytes, new DataView(bytes.buffer), 0, meta);
  return bytes;
}

/** Writes the block at `offset`, where {@link metaBytes} bytes must be free; the offset behind it. */
export function writeMeta(bytes: Uint8Array, view: DataView, offset: number, meta: Meta): number {
  let at = offset;
  if (meta.name !== undefined) at = text(bytes, view, at, Tag.NAME, meta.name);
  if (meta.trace !== undefined) {
    at = head(bytes, view, at, Tag.TRACE, TRACE_BYTES);
    bytes.set(meta.trace.id, at);
    bytes.set(meta.trace.span, at + 16);
    bytes[at + 24] = meta.trace.flags;
    at += TRACE_BYTES;
  }
  if (meta.tracestate !== undefined) at = text(bytes, view, at, Tag.TRACESTATE, meta.tracestate);
  for (const pair of meta.user ?? []) at = user(bytes, view, at, pair);
  at = numbers(bytes, view, at, meta);
  if (meta.deadLetterReason !== undefined)
    at = text(bytes, view, at, Tag.DEAD_LETTER_REASON, meta.deadLetterReason);
  if (meta.correlationId !== undefined)
    at = text(bytes, view, at, Tag.CORRELATION_ID, meta.correlationId);
  if (meta.contentType !== undefined)
    at = text(bytes, view, at, Tag.CONTENT_TYPE, meta.contentType);
  for (const each of meta.unknown ?? [])
    at = blob(bytes, view, at, each.tag | (each.critical ? CRITICAL : 0), each.value);
  return at === offset ? at : sealMeta(bytes, view, offset, at);
}

/** Appends the CRC of `start` to `end`; the offset behind it. For those who write tags themselves. */
export function sealMeta(bytes: Uint8Array, view: DataView, start: number, end: number): number {
  view.setUint32(end, crc32(bytes, start, end));
  return end + META_CRC_BYTES;
}

/** Tags 06 to 13: ids, numbers and keys. */
function numbers(bytes: Uint8Array, view: DataView, offset: number, meta: Meta): number {
  let at = offset;
  if (meta.producer !== undefined) {
    at = head(bytes, view, at, Tag.PRODUCER, PRODUCER_BYTES);
    bytes.set(meta.producer.id, at);
    view.setUint32(at + 16, meta.producer.epoch);
    setUint64(view, at + 20, meta.producer.sequence);
    at += PRODUCER_BYTES;
  }
  if (meta.position !== undefined) {
    at = head(bytes, view, at, Tag.POSITION, POSITION_BYTES);
    view.setUint32(at, meta.position.epoch);
    setUint64(view, at + 4, meta.position.sequence);
    at += POSITION_BYTES;
  }
  if (meta.orderingKey !== undefined)
    at = blob(bytes, view, at, Tag.ORDERING_KEY, meta.orderingKey);
  if (meta.ttlMs !== undefined) {
    at = head(bytes, view, at, Tag.TTL, 4);
    view.setUint32(at, meta.ttlMs);
    at += 4;
  }
  if (meta.fingerprint !== undefined) {
    at = head(bytes, view, at, Tag.FINGERPRINT, 8);
    view.setBigUint64(at, meta.fingerprint);
    at += 8;
  }
  if (meta.principal !== undefined) at = text(bytes, view, at, Tag.PRINCIPAL, meta.principal);
  if (meta.idempotencyKey !== undefined)
    at = blob(bytes, view, at, Tag.IDEMPOTENCY_KEY, meta.idempotencyKey);
  if (meta.attempt !== undefined) {
    at = head(bytes, view, at, Tag.ATTEMPT, 1);
    bytes[at++] = meta.attempt;
  }
  if (meta.initialCredit !== undefined) {
    at = head(bytes, view, at, Tag.INITIAL_CREDIT, 8);
    view.setUint32(at, meta.initialCredit.messages);
    view.setUint32(at + 4, meta.initialCredit.kibibytes);
    at += 8;
  }
  if (meta.ingressTime !== undefined) {
    at = head(bytes, view, at, Tag.INGRESS_TIME, 8);
    setUint64(view, at, meta.ingressTime);
    at += 8;
  }
  if (meta.origin !== undefined) at = blob(bytes, view, at, Tag.ORIGIN, meta.origin);
  return at;
}

function fieldBytes(length: number): number {
  return (length < LONG_LENGTH ? 2 : 4) + length;
}

/** A field's tag and length. */
function head(bytes: Uint8Array, view: DataView, at: number, tag: number, length: number): number {
  bytes[at] = tag;
  if (length < LONG_LENGTH) {
    bytes[at + 1] = length;
    return at + 2;
  }
  bytes[at + 1] = LONG_LENGTH;
  view.setUint16(at + 2, length);
  return at + 4;
}

function text(bytes: Uint8Array, view: DataView, at: number, tag: number, value: string): number {
  return writeUtf8(bytes, head(bytes, view, at, tag, utf8Bytes(value)), value);
}

function blob(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  tag: number,
  value: Uint8Array,
): number {
  const start = head(bytes, view, at, tag, value.length);
  bytes.set(value, start);
  return start + value.length;
}

function userBytes([key, value]: UserPair): number {
  return 1 + key.length + (typeof value === "string" ? utf8Bytes(value) : value.length);
}

function user(bytes: Uint8Array, view: DataView, at: number, pair: UserPair): number {
  const [key, value] = pair;
  let next = head(bytes, view, at, Tag.USER, userBytes(pair));
  bytes[next] = key.length;
  next = writeUtf8(bytes, next + 1, key);
  if (typeof value === "string") return writeUtf8(bytes, next, value);
  bytes.set(value, next);
  return next + value.length;
}

/** A u64 from a safe integer. */
export function setUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / 0x1_0000_0000));
  view.setUint32(at + 4, value >>> 0);
}
