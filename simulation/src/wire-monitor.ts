/**
 * Watches one link at the client's end and holds both sides to the wire's rules: credit is never exceeded, deliveries are
 * counted without a hole, nothing follows an end, and nobody is accused of breaking the protocol.
 */
import {
  FrameType as F,
  Flag,
  frameTypeName,
  HEADER_BYTES,
  LinkCode,
  limits,
  linkCodeName,
  payloadStart,
  readCredit,
  readMeta,
} from "@nexus-bridge/protocol";
import { FrameReader, type SeenFrame } from "./frames.ts";
import type { Verdict } from "./verdict.ts";

interface Direction {
  messagesAllowed: number;
  bytesAllowed: number;
  messages: number;
  bytes: number;
  isPartial: boolean;
}

interface WatchedCall {
  readonly isClients: boolean;
  readonly out: Direction;
  readonly in: Direction;
  /** The router has said the last of this stream. */
  isEnded: boolean;
}

interface WatchedSubscription {
  allowed: number;
  delivered: number;
  isEnded: boolean;
}

/** What a router may say of a link in bad weather; all else is a broken rule of one side. */
const WEATHER: ReadonlySet<number> = new Set([
  LinkCode.SLOW_CONSUMER,
  LinkCode.HEARTBEAT_TIMEOUT,
  LinkCode.HELLO_TIMEOUT,
  LinkCode.SHUTTING_DOWN,
]);

export class WireMonitor {
  readonly #name: string;
  readonly #verdict: Verdict;
  readonly #calls = new Map<number, WatchedCall>();
  readonly #subscriptions = new Map<number, WatchedSubscription>();
  readonly #written = new FrameReader((frame) => this.#out(frame));
  readonly #arrived = new FrameReader((frame) => this.#in(frame));

  constructor(name: string, verdict: Verdict) {
    this.#name = name;
    this.#verdict = verdict;
  }

  /** What the client writes; it must be whole frames. */
  readonly wrote = (bytes: Uint8Array): Uint8Array => {
    this.#framed(this.#written.push(bytes));
    if (this.#written.isInside) this.#broken("framing", "a write ends inside a frame");
    return bytes;
  };

  readonly arrives = (bytes: Uint8Array): void => this.#framed(this.#arrived.push(bytes));

  #out(frame: SeenFrame): void {
    const { type, stream } = frame;
    if (type === F.ERROR) this.#accused(frame, "the client");
    else if (type === F.OPEN) this.#open(frame, true);
    else if (type === F.SUBSCRIBE)
      this.#subscriptions.set(stream, { allowed: frame.arg, delivered: 0, isEnded: false });
    else if (type === F.CREDIT) this.#grant(frame, "in");
    else if (type === F.DATA) this.#spend(frame, this.#calls.get(stream)?.out, "the client");
  }

  #in(frame: SeenFrame): void {
    const { type, stream } = frame;
    if (type === F.ERROR) {
      if (!WEATHER.has(frame.arg)) this.#accused(frame, "the router");
      return;
    }
    if (type === F.OPEN) {
      this.#open(frame, false);
      return;
    }
    if (type === F.CREDIT) {
      this.#grant(frame, "out");
      return;
    }
    if (type === F.EVENT) {
      this.#event(frame);
      return;
    }
    if (type === F.UNSUBSCRIBED) this.#endSubscription(stream);
    const call = this.#calls.get(stream);
    if (call === undefined || type < F.OPEN || type > F.HEADERS) return;
    if (call.isEnded) {
      this.#broken("one end", `${frameTypeName(type)} on stream ${stream} after its end`);
      return;
    }
    if (type === F.DATA) this.#spend(frame, call.in, "the router");
    const isLast = (frame.flags & Flag.END) !== 0 && call.isClients;
    if (isLast || type === F.STATUS || type === F.CANCEL) call.isEnded = true;
  }

  #open(frame: SeenFrame, isClients: boolean): void {
    const clipped = creditTag(frame);
    const call: WatchedCall = {
      isClients,
      out: direction(isClients ? undefined : clipped),
      in: direction(isClients ? clipped : undefined),
      isEnded: false,
    };
    this.#calls.set(frame.stream, call);
    const requests = isClients ? call.out : call.in;
    requests.bytes += frame.payload.length;
    requests.isPartial = (frame.flags & Flag.MORE) !== 0;
  }

  #spend(frame: SeenFrame, side: Direction | undefined, who: string): void {
    if (side === undefined) return;
    const carries = frame.payload.length > 0 || (frame.flags & Flag.PCRC) !== 0;
    if (carries && !side.isPartial) side.messages++;
    side.bytes += frame.payload.length;
    side.isPartial = (frame.flags & Flag.MORE) !== 0;
    if (side.messages > side.messagesAllowed || side.bytes > side.bytesAllowed)
      this.#broken(
        "credit",
        `${who} sent ${side.messages} messages, ${side.bytes} bytes on stream ${frame.stream}; allowed are ${side.messagesAllowed}, ${side.bytesAllowed}`,
      );
  }

  #grant(frame: SeenFrame, way: "in" | "out"): void {
    const read = readCredit(frame.view, payloadStart(frame.view, 0), frame.bytes.length);
    if (read.kind === "fault") {
      this.#broken("framing", read.message);
      return;
    }
    const { messages, bytes } = read.payload;
    const subscription = this.#subscriptions.get(frame.stream);
    if (subscription !== undefined) subscription.allowed = Math.max(subscription.allowed, messages);
    const side = this.#calls.get(frame.stream)?.[way];
    if (side === undefined) return;
    side.messagesAllowed = Math.max(side.messagesAllowed, messages);
    side.bytesAllowed = Math.max(side.bytesAllowed, bytes);
  }

  #event(frame: SeenFrame): void {
    const known = this.#subscriptions.get(frame.stream);
    if (known === undefined || known.isEnded) {
      this.#broken("one end", `EVENT on stream ${frame.stream}, which is no live subscription`);
      return;
    }
    if (((frame.flags & Flag.DUP) !== 0) !== attemptOf(frame) > 1)
      this.#broken(
        "again",
        `EVENT ${frame.arg} on stream ${frame.stream} tells DUP or attempt alone`,
      );
    known.delivered++;
    if (frame.arg !== known.delivered)
      this.#broken(
        "delivery",
        `EVENT ${frame.arg} on stream ${frame.stream}, not ${known.delivered}`,
      );
    if (known.delivered > known.allowed)
      this.#broken(
        "credit",
        `EVENT ${frame.arg} on stream ${frame.stream}, ${known.allowed} allowed`,
      );
  }

  #endSubscription(stream: number): void {
    const known = this.#subscriptions.get(stream);
    if (known !== undefined) known.isEnded = true;
  }

  #accused(frame: SeenFrame, who: string): void {
    const text = new TextDecoder().decode(frame.payload);
    this.#broken("protocol", `${who} ends the link with ${linkCodeName(frame.arg)}: ${text}`);
  }

  #framed(fault: string | undefined): void {
    if (fault !== undefined) this.#broken("framing", fault);
  }

  #broken(rule: string, detail: string): void {
    this.#verdict.broken(rule, `${this.#name}: ${detail}`);
  }
}

/** Which delivery of its message an EVENT is. */
function attemptOf({ bytes, view }: SeenFrame): number {
  const start = payloadStart(view, 0);
  if (start === HEADER_BYTES) return 1;
  const read = readMeta(bytes, view, HEADER_BYTES, start);
  return read.kind === "meta" ? (read.meta.attempt ?? 1) : 1;
}

interface Clip {
  readonly messages: number;
  readonly kibibytes: number;
}

const direction = (clip: Clip | undefined): Direction => ({
  messagesAllowed: clip?.messages ?? limits.streamCreditMessages,
  bytesAllowed: clip === undefined ? limits.streamCreditBytes : clip.kibibytes * 1024,
  messages: 0,
  bytes: 0,
  isPartial: false,
});

function creditTag({ bytes, view }: SeenFrame): Clip | undefined {
  const start = payloadStart(view, 0);
  if (start === HEADER_BYTES) return undefined;
  const read = readMeta(bytes, view, HEADER_BYTES, start);
  return read.kind === "meta" ? read.meta.initialCredit : undefined;
}
