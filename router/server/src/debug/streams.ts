/**
 * What the channel knows of its calls: the method of each, for the schema of its messages, the fragments of a message that is
 * not whole yet, and the byte credit, which who reads lines cannot count.
 */
import { Flag, type FrameInit, FrameType, limits } from "@nexus-bridge/protocol";
import type { LineFrame } from "./frame-json.ts";

/** Byte credit is kept this far ahead of what has come; a longer message is none for a line. */
export const WINDOW_BYTES: number = limits.frameBytes;
/** Fragments of all messages of a link that wait for their rest. */
const PARTIAL_BYTES_MAX = 8 * WINDOW_BYTES;

interface Stream {
  readonly method: string;
  /** Whether the reader of lines is the requester. */
  readonly isOwn: boolean;
  /** False where the line that opened the call named its credit: then all of it is the writer's. */
  readonly isCredited: boolean;
  receivedBytes: number;
  grantedBytes: number;
  fragments: Uint8Array[];
  partialBytes: number;
  /** The first frame of the message that is not whole yet. */
  begun: LineFrame | undefined;
}

export type Collected =
  | { readonly kind: "whole"; readonly frame: LineFrame }
  | { readonly kind: "partial" }
  | { readonly kind: "too_large" };

const PARTIAL: Collected = { kind: "partial" };
const TOO_LARGE: Collected = { kind: "too_large" };

export class Streams {
  readonly #streams = new Map<number, Stream>();
  #ownCalls = 0;
  #partialBytes = 0;

  /** Calls that lines opened and that are not answered. */
  get ownCalls(): number {
    return this.#ownCalls;
  }

  methodOf(stream: number): string | undefined {
    return this.#streams.get(stream)?.method;
  }

  /** Notes a frame that a line says. Where it opens a call without naming credit, the window is put into it. */
  said(frame: LineFrame): LineFrame {
    const { type, stream } = frame;
    const isOwn = (stream & 1) === 1;
    if (type === FrameType.OPEN) return this.#opened(frame);
    if (type === FrameType.CANCEL || (!isOwn && isLast(frame))) this.#forget(stream);
    return frame;
  }

  #opened(frame: LineFrame): LineFrame {
    // The router refuses what is above, and a stream that is open already ends the link there.
    if (this.#streams.size >= 2 * limits.streamsPerLink) return frame;
    const isCredited = frame.meta?.initialCredit === undefined;
    this.#add(frame, isCredited, isCredited ? WINDOW_BYTES : 0);
    if (!isCredited) return frame;
    const initialCredit = {
      messages: limits.streamCreditMessages,
      kibibytes: WINDOW_BYTES / 1024,
    };
    return { ...frame, meta: { ...frame.meta, initialCredit } };
  }

  #add({ stream, name = "" }: LineFrame, isCredited: boolean, grantedBytes: number): void {
    this.#forget(stream);
    const isOwn = (stream & 1) === 1;
    this.#streams.set(stream, {
      method: name,
      isOwn,
      isCredited,
      receivedBytes: 0,
      grantedBytes,
      fragments: [],
      partialBytes: 0,
      begun: undefined,
    });
    if (isOwn) this.#ownCalls++;
  }

  /** Notes a frame of a call that the router sends; a message in fragments comes out whole, with its last one. */
  heard(frame: LineFrame): Collected {
    if (frame.type === FrameType.OPEN) this.#add(frame, true, limits.streamCreditBytes);
    const stream = this.#streams.get(frame.stream);
    if (stream === undefined) return { kind: "whole", frame };
    stream.receivedBytes += frame.payload?.length ?? 0;
    const collected = this.#collect(stream, frame);
    const isOver = frame.type === FrameType.CANCEL || (stream.isOwn && isLast(frame));
    if (isOver || collected.kind === "too_large") this.#forget(frame.stream);
    return collected;
  }

  #collect(stream: Stream, frame: LineFrame): Collected {
    const { type, flags, payload } = frame;
    const isMessage = type === FrameType.OPEN || type === FrameType.DATA;
    if (!isMessage || payload === undefined) return { kind: "whole", frame };
    const isPartial = (flags & Flag.MORE) !== 0;
    if (stream.begun === undefined && !isPartial) return { kind: "whole", frame };
    stream.begun ??= frame;
    stream.fragments.push(payload.slice());
    stream.partialBytes += payload.length;
    this.#partialBytes += payload.length;
    if (stream.partialBytes > WINDOW_BYTES || this.#partialBytes > PARTIAL_BYTES_MAX)
      return TOO_LARGE;
    if (isPartial) return PARTIAL;
    const whole = {
      ...stream.begun,
      flags: (stream.begun.flags & ~Flag.MORE) | (flags & Flag.END),
      payload: Buffer.concat(stream.fragments),
    };
    this.#drop(stream);
    return { kind: "whole", frame: whole };
  }

  /** The byte credit to be granted now, absolute; undefined where there is enough. */
  creditFor({ stream: id, flags }: LineFrame): number | undefined {
    const stream = this.#streams.get(id);
    if (stream === undefined || !stream.isCredited || (flags & Flag.END) !== 0) return undefined;
    if (stream.grantedBytes - stream.receivedBytes >= WINDOW_BYTES / 2) return undefined;
    // A call whose request is one message and has come needs no more; the first fragment of a longer one does.
    stream.grantedBytes = stream.receivedBytes + WINDOW_BYTES;
    return stream.grantedBytes;
  }

  #forget(id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    this.#drop(stream);
    this.#streams.delete(id);
    if (stream.isOwn) this.#ownCalls--;
  }

  #drop(stream: Stream): void {
    this.#partialBytes -= stream.partialBytes;
    stream.partialBytes = 0;
    stream.fragments = [];
    stream.begun = undefined;
  }
}

/** The responder's last frame, which ends the call for both sides. */
const isLast = ({ type, flags }: FrameInit): boolean =>
  type === FrameType.STATUS || (type === FrameType.DATA && ((flags ?? 0) & Flag.END) !== 0);
