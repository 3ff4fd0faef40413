/**
 * The last calls and messages that were sampled, in a ring that never grows beyond its size. What is asked for is read out newest
 * first; payloads are never kept.
 */

import { codeName } from "@nexus-bridge/protocol";
import type { CallSeen, MessageSeen, RouterEvent } from "@nexus-bridge/router-core";

export const TRACE_ENTRIES_MAX = 10_000;
/** Entries of one answer, where it does not say how many. */
export const TRACE_ANSWER_DEFAULT = 100;

export interface TraceEntry {
  readonly kind: "call" | "refused" | "message";
  /** When it ended, ISO 8601 in UTC. */
  readonly time: string;
  /** Rises by one for every entry, so that a reader sees what it missed. */
  readonly sequence: number;
  /** The method, the topic, or what was refused. */
  readonly name: string;
  readonly link: number;
  readonly stream?: number;
  /** Who answered the call. */
  readonly responder?: {
    readonly link: number;
    readonly stream: number;
    readonly instance: string;
  };
  /** How the call ended, by the name of its code. */
  readonly outcome?: string;
  readonly message?: string;
  readonly durationMs?: number;
  readonly requestBytes?: number;
  readonly responseBytes?: number;
  /** Payload of a message, and the subscriptions it reached. */
  readonly bytes?: number;
  readonly receivers?: number;
  /** Of a message, where its topic has positions. */
  readonly position?: { readonly epoch: number; readonly sequence: number };
  /** 32 hexadecimal digits. */
  readonly traceId?: string;
}

export interface TraceQuery {
  readonly kind?: TraceEntry["kind"];
  /** Text within the name. */
  readonly name?: string;
  readonly traceId?: string;
  readonly outcome?: string;
  /** Newest first; at most so many. */
  readonly limit?: number;
}

type Refused = Extract<RouterEvent, { readonly kind: "refused" }>;

/** A place in the ring; a call, a refusal and a message each use their part of it. */
interface Slot {
  kind: TraceEntry["kind"];
  at: number;
  sequence: number;
  name: string;
  link: number;
  stream: number | undefined;
  responder: number;
  responderStream: number;
  instance: string;
  code: number;
  message: string;
  durationMs: number;
  /** Of the request, or of the message. */
  bytes: number;
  responseBytes: number;
  receivers: number;
  epoch: number;
  position: number;
  traceId: Uint8Array | undefined;
}

export interface TraceRingOptions {
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  /** The share of calls and messages that is kept, from 0 to 1. */
  readonly sample: number;
  readonly entriesMax?: number;
}

export class TraceRing {
  readonly #wallMs: () => number;
  readonly #entriesMax: number;
  readonly #slots: Slot[] = [];
  #next = 0;
  #sequence = 0;
  /** The share that is kept; what is left over of it carries over, so that exactly the share is kept. */
  sample: number;
  #carried = 0;

  constructor(options: TraceRingOptions) {
    this.#wallMs = options.wallMs;
    this.#entriesMax = options.entriesMax ?? TRACE_ENTRIES_MAX;
    this.sample = options.sample;
  }

  callEnded(call: CallSeen): void {
    if (!this.#takes()) return;
    const slot = this.#take("call", call.method, call.requester, call.traceId);
    slot.stream = call.requesterStream;
    slot.responder = call.responder;
    slot.responderStream = call.responderStream;
    slot.instance = call.instance;
    slot.code = call.code;
    slot.durationMs = call.durationMs;
    slot.bytes = call.requestBytes;
    slot.responseBytes = call.responseBytes;
  }

  published(message: MessageSeen): void {
    if (!this.#takes()) return;
    const slot = this.#take("message", message.topic, message.link, message.traceId);
    slot.bytes = message.bytes;
    slot.receivers = message.receivers;
    slot.epoch = message.epoch;
    slot.position = message.sequence;
  }

  refused(refused: Refused): void {
    if (!this.#takes()) return;
    const slot = this.#take("refused", refused.what, refused.link, undefined);
    slot.stream = refused.stream;
    slot.code = refused.code;
    slot.message = refused.message;
  }

  /** The newest entries that match, newest first. */
  find(query: TraceQuery = {}): TraceEntry[] {
    const found: TraceEntry[] = [];
    const limit = Math.min(query.limit ?? TRACE_ANSWER_DEFAULT, this.#entriesMax);
    const { length } = this.#slots;
    for (let step = 1; step <= length && found.length < limit; step++) {
      const entry = entryOf(this.#slots[(this.#next - step + length) % length] as Slot);
      if (matches(entry, query)) found.push(entry);
    }
    return found;
  }

  #takes(): boolean {
    this.#carried += this.sample;
    if (this.#carried < 1) return false;
    this.#carried -= 1;
    return true;
  }

  /** The next place, with what every entry has; nothing is allocated once the ring is full. */
  #take(
    kind: TraceEntry["kind"],
    name: string,
    link: number,
    traceId: Uint8Array | undefined,
  ): Slot {
    let slot = this.#slots[this.#next];
    if (slot === undefined) {
      slot = createSlot();
      this.#slots.push(slot);
    }
    this.#next = this.#next + 1 === this.#entriesMax ? 0 : this.#next + 1;
    slot.kind = kind;
    slot.at = this.#wallMs();
    slot.sequence = ++this.#sequence;
    slot.name = name;
    slot.link = link;
    slot.traceId = traceId;
    return slot;
  }
}

const createSlot = (): Slot => ({
  kind: "call",
  at: 0,
  sequence: 0,
  name: "",
  link: 0,
  stream: undefined,
  responder: 0,
  responderStream: 0,
  instance: "",
  code: 0,
  message: "",
  durationMs: 0,
  bytes: 0,
  responseBytes: 0,
  receivers: 0,
  epoch: 0,
  position: 0,
  traceId: undefined,
});

function matches(entry: TraceEntry, query: TraceQuery): boolean {
  if (query.kind !== undefined && entry.kind !== query.kind) return false;
  if (query.name !== undefined && !entry.name.includes(query.name)) return false;
  if (query.traceId !== undefined && entry.traceId !== query.traceId) return false;
  return query.outcome === undefined || entry.outcome === query.outcome;
}

function entryOf(slot: Slot): TraceEntry {
  const { kind, sequence, name, link, stream, bytes, traceId } = slot;
  const base = {
    kind,
    sequence,
    time: new Date(slot.at).toISOString(),
    name,
    link,
    ...(kind !== "message" && stream !== undefined && { stream }),
    ...(traceId !== undefined && { traceId: Buffer.from(traceId).toString("hex") }),
  };
  switch (kind) {
    case "call":
      return {
        ...base,
        responder: {
          link: slot.responder,
          stream: slot.responderStream,
          instance: slot.instance,
        },
        outcome: codeName(slot.code),
        durationMs: Math.round(slot.durationMs * 1000) / 1000,
        requestBytes: bytes,
        responseBytes: slot.responseBytes,
      };
    case "message":
      return { ...base, bytes, receivers: slot.receivers, ...positionOf(slot) };
    case "refused":
      return { ...base, outcome: codeName(slot.code), message: slot.message };
  }
}

const positionOf = ({ epoch, position }: Slot): Pick<TraceEntry, "position"> =>
  position === 0 ? {} : { position: { epoch, sequence: position } };
