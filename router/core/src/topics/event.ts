/**
 * A published message on its way to subscribers. What is the same for all of them, its forwarded meta and its payload, is made
 * once; the header is each one's own. The payload and its CRC are never touched.
 */
import {
  crc32,
  encodeMeta,
  Flag,
  FrameType,
  HEADER_BYTES,
  META_CRC_BYTES,
  type Meta,
  type MetaFault,
  Offset,
  qosOf,
  readMeta,
  sealHeader,
  setLengths,
  setUint64,
  Tag,
  writeHeader,
} from "@nexus-bridge/protocol";
import type { Slab } from "../arena.ts";
import type { Frame } from "../frame.ts";
import { nowhere, type TopicEntry } from "./topic-entry.ts";

/** Flags of the publisher that reach the subscriber. */
const FORWARDED_FLAGS = Flag.PCRC | Flag.JSON | Flag.TRACE;
const CODEC_BITS = 0x07;
/** As any origin of a message says it. */
const HOPS_MAX = 16;
const NAME_FIELD_BYTES = 2;
const LONG_NAME = 255;

export interface EventMessage {
  topic: TopicEntry;
  flags: number;
  codec: number;
  /** As published. */
  qos: number;
  hops: number;
  payloadCrc: number;
  /** Its position in the topic; 0 and 0 where the topic has none. */
  epoch: number;
  sequence: number;
  /** Of a message that is kept: how many were published before it, on all topics. */
  ordinal: number;
  /** What is forwarded of the publisher's meta, without its CRC. */
  meta: Uint8Array;
  /** Whether `meta` tells a position already: a dead letter's is the one it had in its own topic. */
  tellsPosition: boolean;
  /** The ttl's value in `meta`; -1 where there is none. */
  ttlAt: number;
  /** The payload, and whose bytes it lies in. */
  bytes: Uint8Array;
  start: number;
  end: number;
  receivedAt: number;
  /** Microseconds since 1970. */
  ingressMicros: number;
  /** The same message in memory of its own, made when the first subscriber has to wait. */
  kept: EventMessage | undefined;
}

const none = new Uint8Array(0);
/** Small messages that wait share blocks, which live as long as one of them: small ones, so that little is kept for nothing. */
const BLOCK_BYTES = 2048;
const SMALL_BYTES_MAX = 256;
let block = none;
let blockAt = 0;

export function createEventMessage(topic: TopicEntry): EventMessage {
  return {
    topic,
    flags: 0,
    codec: 0,
    qos: 0,
    hops: 0,
    payloadCrc: 0,
    epoch: 0,
    sequence: 0,
    ordinal: 0,
    meta: none,
    tellsPosition: false,
    ttlAt: -1,
    bytes: none,
    start: 0,
    end: 0,
    receivedAt: 0,
    ingressMicros: 0,
    kept: undefined,
  };
}

/** Fills `message` from a PUBLISH whose meta has been checked; what is wrong with a field of it comes back. */
export function fillMessage(
  message: EventMessage,
  topic: TopicEntry,
  frame: Frame,
): MetaFault | undefined {
  message.topic = topic;
  message.flags = frame.flags & FORWARDED_FLAGS;
  message.codec = frame.class & CODEC_BITS;
  message.qos = qosOf(frame.class);
  message.hops = frame.hops - 1;
  message.payloadCrc = frame.view.getUint32(frame.start + Offset.payloadCrc);
  message.bytes = frame.bytes;
  message.start = frame.payloadStart;
  message.end = frame.end;
  message.kept = undefined;
  message.epoch = 0;
  message.sequence = 0;
  message.meta = none;
  message.ttlAt = -1;
  return frame.metaLength > 0 ? fillMeta(message, frame) : undefined;
}

function fillMeta(message: EventMessage, frame: Frame): MetaFault | undefined {
  const read = readMeta(frame.bytes, frame.view, frame.start + HEADER_BYTES, frame.payloadStart);
  if (read.kind === "fault") return read;
  const block = encodeMeta(forwarded(read.meta));
  // Not a view: a small array of its own costs half as much while it is kept.
  message.meta = block.slice(0, Math.max(0, block.length - META_CRC_BYTES));
  if (read.meta.ttlMs !== undefined) message.ttlAt = findTtl(message.meta);
  return undefined;
}

/** Of the publisher's meta a subscriber gets what speaks of the message, not what speaks of the publisher. */
function forwarded(meta: Meta): Meta {
  const {
    name: _name,
    producer: _producer,
    attempt: _attempt,
    initialCredit: _credit,
    ...rest
  } = meta;
  const { idempotencyKey: _key, ...kept } = rest;
  return kept;
}

function findTtl(meta: Uint8Array): number {
  for (let at = 0; at < meta.length; ) {
    const length = meta[at + 1] as number;
    if (((meta[at] as number) & 0x7f) === Tag.TTL) return at + 2;
    at +=
      length === 255
        ? 4 + (((meta[at + 2] as number) << 8) | (meta[at + 3] as number))
        : 2 + length;
  }
  return -1;
}

/** The message in memory of its own, so that it may wait; one for all who wait for it. */
export function keep(message: EventMessage): EventMessage {
  message.kept ??= copyMessage(message);
  return message.kept;
}

function copyMessage(message: EventMessage): EventMessage {
  const { bytes, start, end } = message;
  const size = end - start;
  if (size > SMALL_BYTES_MAX)
    return { ...message, bytes: bytes.slice(start, end), start: 0, end: size };
  if (blockAt + size > block.length) {
    block = new Uint8Array(BLOCK_BYTES);
    blockAt = 0;
  }
  const from = blockAt;
  block.set(bytes.subarray(start, end), from);
  blockAt += size;
  return { ...message, bytes: block, start: from, end: blockAt };
}

/** What a stored message costs beside its payload and meta: objects, buffers and its topic's entry. */
const STORED_OVERHEAD_BYTES = 576;

/** The message in memory that nothing else shares, for a store; it is what those who wait for it keep, too. */
export function ownMessage(message: EventMessage): EventMessage {
  const { bytes, start, end } = message;
  const own = { ...message, bytes: bytes.slice(start, end), start: 0, end: end - start };
  own.kept = own;
  message.kept = own;
  return own;
}

/** A message that the router itself says. Who makes it owns `payload` no longer. */
export function ownMessageOf(payload: Uint8Array, qos: number): EventMessage {
  return {
    ...createEventMessage(nowhere),
    flags: payload.length > 0 ? Flag.PCRC : 0,
    qos,
    hops: HOPS_MAX,
    payloadCrc: crc32(payload),
    bytes: payload,
    end: payload.length,
  };
}

/** What the message counts against a store's limits. */
export const storedBytes = ({ meta, start, end }: EventMessage): number =>
  meta.length + end - start + STORED_OVERHEAD_BYTES;

/** Milliseconds the message may still wait; Infinity without a ttl. */
export function ttlLeft(message: EventMessage, now: number): number {
  if (message.ttlAt < 0) return Number.POSITIVE_INFINITY;
  return readUint32(message.meta, message.ttlAt) - Math.floor(now - message.receivedAt);
}

/** Who gets an event: the fields that are a subscriber's own. */
export interface Addressee {
  readonly stream: number;
  readonly delivery: number;
  /** Its priority, in the bits of the header. */
  readonly frameClass: number;
  /** The QoS it was granted. */
  readonly qos: number;
  /** Which delivery of the message it is; above 1 it is flagged DUP and says so. */
  readonly attempt: number;
  /** Whether it is the topic's retained value, and not the message as it came. */
  readonly isRetained: boolean;
  /** 0: the topic's name goes into meta. */
  readonly alias: number;
  readonly wantsAttributes: boolean;
  readonly origin: Uint8Array;
}

const POSITION_FIELD_BYTES = 14;
const ATTEMPT_FIELD_BYTES = 3;
const INGRESS_FIELD_BYTES = 10;
const QOS_SHIFT = 3;

/** The size of the EVENT that {@link writeEvent} writes. */
export function eventBytes(
  message: EventMessage,
  alias: number,
  wantsAttributes: boolean,
  attempt = 1,
): number {
  const metaLength = metaSize(message, alias, wantsAttributes, attempt);
  return HEADER_BYTES + metaLength + message.end - message.start;
}

function metaSize(
  message: EventMessage,
  alias: number,
  wantsAttributes: boolean,
  attempt: number,
): number {
  let size = message.meta.length;
  if (alias === 0) size += nameFieldBytes(message.topic.nameBytes.length);
  if (saysPosition(message)) size += POSITION_FIELD_BYTES;
  if (attempt > 1) size += ATTEMPT_FIELD_BYTES;
  if (wantsAttributes) size += 2 * INGRESS_FIELD_BYTES;
  return size === 0 ? 0 : size + META_CRC_BYTES;
}

const saysPosition = (message: EventMessage): boolean =>
  message.sequence > 0 && !message.tellsPosition;

const nameFieldBytes = (length: number): number =>
  length + (length < LONG_NAME ? NAME_FIELD_BYTES : NAME_FIELD_BYTES + 2);

/** Writes the EVENT into the last `size` bytes of `slab`. */
export function writeEvent(
  slab: Slab,
  size: number,
  message: EventMessage,
  to: Addressee,
  ttlMs: number,
): void {
  const { bytes, view } = slab;
  const at = slab.end - size;
  const payloadLength = message.end - message.start;
  const metaLength = size - HEADER_BYTES - payloadLength;
  writeHeader(
    view,
    at,
    FrameType.EVENT,
    message.flags | (to.isRetained ? Flag.RETAIN : 0) | (to.attempt > 1 ? Flag.DUP : 0),
    to.frameClass | (Math.min(message.qos, to.qos) << QOS_SHIFT) | message.codec,
    to.stream,
    to.alias,
    to.delivery,
  );
  view.setUint8(at + Offset.hops, message.hops);
  setLengths(view, at, metaLength, payloadLength);
  view.setUint32(at + Offset.payloadCrc, message.payloadCrc);
  sealHeader(bytes, view, at);
  if (metaLength > 0) writeEventMeta(slab, at + HEADER_BYTES, message, to, ttlMs);
  const payload = slab.end - payloadLength;
  if (message.bytes === bytes) bytes.copyWithin(payload, message.start, message.end);
  else if (payloadLength === message.bytes.length) bytes.set(message.bytes, payload);
  else bytes.set(message.bytes.subarray(message.start, message.end), payload);
}

function writeEventMeta(
  { bytes, view }: Slab,
  start: number,
  message: EventMessage,
  to: Addressee,
  ttlMs: number,
): void {
  let at = start;
  if (to.alias === 0) {
    const { nameBytes } = message.topic;
    bytes[at++] = Tag.NAME;
    if (nameBytes.length < LONG_NAME) {
      bytes[at++] = nameBytes.length;
    } else {
      bytes[at++] = LONG_NAME;
      view.setUint16(at, nameBytes.length);
      at += 2;
    }
    bytes.set(nameBytes, at);
    at += nameBytes.length;
  }
  bytes.set(message.meta, at);
  if (message.ttlAt >= 0) view.setUint32(at + message.ttlAt, ttlMs);
  at += message.meta.length;
  if (saysPosition(message)) {
    bytes[at++] = Tag.POSITION;
    bytes[at++] = POSITION_FIELD_BYTES - 2;
    view.setUint32(at, message.epoch);
    setUint64(view, at + 4, message.sequence);
    at += POSITION_FIELD_BYTES - 2;
  }
  if (to.attempt > 1) {
    bytes[at++] = Tag.ATTEMPT;
    bytes[at++] = 1;
    bytes[at++] = Math.min(to.attempt, 255);
  }
  if (to.wantsAttributes) {
    bytes[at++] = Tag.INGRESS_TIME;
    bytes[at++] = 8;
    setUint64(view, at, message.ingressMicros);
    at += 8;
    bytes[at++] = Tag.ORIGIN;
    bytes[at++] = 8;
    bytes.set(to.origin, at);
    at += 8;
  }
  view.setUint32(at, crc32(bytes, start, at));
}

/** By bytes: a view would cost a small array that is kept a buffer of its own. */
const readUint32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)) >>>
  0;
