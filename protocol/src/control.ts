/**
 * Payloads of the frames that speak about streams rather than carry messages. The raw ones are read and written here, exactly
 * the size given; the protobuf ones are generated code.
 */

import { hasFieldsAtMost } from "./field-count.ts";
import type { FrameFault } from "./frame-decoder.ts";
import { LinkCode } from "./gen/errors.ts";
import { limits } from "./gen/limits.ts";
import { getUint64 } from "./meta-reader.ts";
import { setUint64 } from "./meta-writer.ts";

export * as wire from "./gen/nexus/wire/v1/control.ts";

export type ControlResult<T> = { readonly kind: "payload"; readonly payload: T } | ControlFault;
/** The link ends with ERROR PROTOCOL_ERROR. */
export interface ControlFault extends FrameFault {
  readonly kind: "fault";
}

function controlFault(message: string): ControlFault {
  return { kind: "fault", code: LinkCode.PROTOCOL_ERROR, message };
}

/** Decodes a protobuf payload; what throws there is a fault here. */
export function decodeControl<T>(
  type: { readonly typeName: string; decode(bytes: Uint8Array): T },
  payload: Uint8Array,
): ControlResult<T> {
  if (!hasFieldsAtMost(payload, limits.controlFields))
    return controlFault(`${type.typeName} has more than ${limits.controlFields} fields`);
  try {
    return { kind: "payload", payload: type.decode(payload) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return controlFault(`${type.typeName} cannot be decoded: ${why}`);
  }
}

/** AliasAction is the arg of ALIAS. */
export const AliasAction = { BIND: 0, FREE: 1, FREED: 2 } as const;

export const CREDIT_BYTES = 16;
export const PUBACK_BYTES = 14;
export const GAP_BYTES = 25;
export const HEARTBEAT_BYTES = 8;

export interface Credit {
  /** Absolute since the stream was opened. */
  readonly messages: number;
  readonly bytes: number;
}

export function encodeCredit(credit: Credit): Uint8Array {
  const bytes = new Uint8Array(CREDIT_BYTES);
  writeCredit(new DataView(bytes.buffer), 0, credit.messages, credit.bytes);
  return bytes;
}

export function writeCredit(view: DataView, at: number, messages: number, bytes: number): void {
  setUint64(view, at, messages);
  setUint64(view, at + 8, bytes);
}

/** What is beyond 2^53 - 1 saturates there: no link lives that long. */
export function readCredit(view: DataView, start: number, end: number): ControlResult<Credit> {
  if (end - start !== CREDIT_BYTES) return wrongSize("CREDIT", end - start);
  return {
    kind: "payload",
    payload: {
      messages: getUint64(view, start) ?? Number.MAX_SAFE_INTEGER,
      bytes: getUint64(view, start + 8) ?? Number.MAX_SAFE_INTEGER,
    },
  };
}

export interface PublishAck {
  /** A code, and a reason above it (`packCode`). */
  readonly code: number;
  readonly epoch: number;
  readonly sequence: number;
}

export function encodePublishAck(ack: PublishAck): Uint8Array {
  const bytes = new Uint8Array(PUBACK_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, ack.code);
  view.setUint32(2, ack.epoch);
  setUint64(view, 6, ack.sequence);
  return bytes;
}

export function readPublishAck(
  view: DataView,
  start: number,
  end: number,
): ControlResult<PublishAck> {
  if (end - start !== PUBACK_BYTES) return wrongSize("PUBACK", end - start);
  const sequence = getUint64(view, start + 6);
  if (sequence === undefined) return controlFault("PUBACK carries a sequence above 2^53 - 1");
  return {
    kind: "payload",
    payload: { code: view.getUint16(start), epoch: view.getUint32(start + 2), sequence },
  };
}

/** What EVACK says of a delivery. */
export const EventAckKind = { ACK: 0, NACK: 1, PROGRESS: 2, TERM: 3 } as const;
export type EventAckKind = (typeof EventAckKind)[keyof typeof EventAckKind];

const EVENT_ACK_BYTES = 1;
const EVENT_NACK_BYTES = 5;

export interface EventAck {
  readonly kind: EventAckKind;
  /** Of NACK alone: how long the redelivery waits; 0 for the router's own backoff. */
  readonly delayMs: number;
}

export function encodeEventAck({ kind, delayMs }: EventAck): Uint8Array {
  if (kind !== EventAckKind.NACK) return Uint8Array.of(kind);
  const bytes = new Uint8Array(EVENT_NACK_BYTES);
  bytes[0] = kind;
  new DataView(bytes.buffer).setUint32(1, delayMs);
  return bytes;
}

export function readEventAck(view: DataView, start: number, end: number): ControlResult<EventAck> {
  const size = end - start;
  const kind = size === 0 ? undefined : view.getUint8(start);
  const wanted = kind === EventAckKind.NACK ? EVENT_NACK_BYTES : EVENT_ACK_BYTES;
  if (kind === undefined || size !== wanted) return wrongSize("EVACK", size);
  if (!isEventAckKind(kind)) return controlFault(`EVACK of kind ${kind}`);
  const delayMs = kind === EventAckKind.NACK ? view.getUint32(start + 1) : 0;
  return { kind: "payload", payload: { kind, delayMs } };
}

const isEventAckKind = (kind: number): kind is EventAckKind => kind <= EventAckKind.TERM;

export const REPLAY_BYTES = 24;

/** Kept messages of one topic, once more: positions `from` to `to`, both inclusive. */
export interface ReplayRequest {
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
  readonly most: number;
}

export function encodeReplay(replay: ReplayRequest): Uint8Array {
  const bytes = new Uint8Array(REPLAY_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, replay.epoch);
  setUint64(view, 4, replay.from);
  setUint64(view, 12, replay.to);
  view.setUint32(20, replay.most);
  return bytes;
}

/** What is beyond 2^53 - 1 saturates there: no topic has that many. */
export function readReplay(
  view: DataView,
  start: number,
  end: number,
): ControlResult<ReplayRequest> {
  if (end - start !== REPLAY_BYTES) return wrongSize("REPLAY", end - start);
  return {
    kind: "payload",
    payload: {
      epoch: view.getUint32(start),
      from: getUint64(view, start + 4) ?? Number.MAX_SAFE_INTEGER,
      to: getUint64(view, start + 12) ?? Number.MAX_SAFE_INTEGER,
      most: view.getUint32(start + 20),
    },
  };
}

export const GapReason = {
  SLOW: 1,
  RETENTION: 2,
  RESUME: 3,
  RATE: 4,
  CODEC: 5,
  RESET: 6,
} as const;

export interface GapNotice {
  readonly epoch: number;
  readonly from: number;
  /** Inclusive; 0 and 0 where there are no positions. */
  readonly to: number;
  readonly count: number;
  readonly reason: number;
}

export function encodeGap(gap: GapNotice): Uint8Array {
  const bytes = new Uint8Array(GAP_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, gap.epoch);
  setUint64(view, 4, gap.from);
  setUint64(view, 12, gap.to);
  view.setUint32(20, gap.count);
  view.setUint8(24, gap.reason);
  return bytes;
}

export function readGap(view: DataView, start: number, end: number): ControlResult<GapNotice> {
  if (end - start !== GAP_BYTES) return wrongSize("GAP", end - start);
  const from = getUint64(view, start + 4);
  const to = getUint64(view, start + 12);
  if (from === undefined || to === undefined)
    return controlFault("GAP carries a sequence above 2^53 - 1");
  return {
    kind: "payload",
    payload: {
      epoch: view.getUint32(start),
      from,
      to,
      count: view.getUint32(start + 20),
      reason: view.getUint8(start + 24),
    },
  };
}

function wrongSize(type: string, size: number): ControlFault {
  return controlFault(`${type} with a payload of ${size} bytes`);
}
