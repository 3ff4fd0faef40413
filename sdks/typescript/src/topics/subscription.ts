/**
 * One subscription as the application reads it: events and gaps in order, made again on every new session. It ends by its
 * reader or by the router's refusal, never by the loss of a link.
 */
import {
  argAt,
  CLASS_CONTROL,
  crc32,
  decodeControl,
  encodeCredit,
  Flag,
  FrameType,
  flagsAt,
  frameClass,
  GapReason,
  HEADER_BYTES,
  limits,
  type Meta,
  metaLengthAt,
  PRIORITY_DEFAULT,
  payloadCrcMatches,
  payloadStart,
  Reason,
  readGap,
  reasonOf,
  routeAt,
  typeAt,
  wire,
} from "@nexus-bridge/protocol";
import { checkPriority } from "../call/plan.ts";
import { packedError } from "../call/status.ts";
import type { TopicPattern } from "../descriptor.ts";
import type { LinkCore, Opening } from "../link/core.ts";
import { decodeMessage } from "../link/encoding.ts";
import { metaOf, type Session, type Stream } from "../link/session.ts";
import { metadataOf, NO_METADATA } from "../metadata.ts";
import { errorOf, type NexusError } from "../nexus-error.ts";
import type { Event, Gap, GapReasonName } from "../subscription-item.ts";
import { ItemQueue } from "./item-queue.ts";
import { checkCredit, type SubscribeOptions, subscribePayload } from "./subscribe-options.ts";

const NO_META: Meta = {};
const gapReasons: Readonly<Record<number, GapReasonName>> = {
  [GapReason.SLOW]: "slow",
  [GapReason.RETENTION]: "retention",
  [GapReason.RESUME]: "resume",
  [GapReason.RATE]: "rate",
  [GapReason.CODEC]: "codec",
  [GapReason.RESET]: "reset",
};

export class SubscriptionStream implements Opening, Stream {
  readonly priority: number;
  readonly pattern: TopicPattern<unknown>;
  readonly items: ItemQueue;
  id = 0;
  settled = false;
  readonly #link: LinkCore;
  readonly #options: SubscribeOptions;
  readonly #credit: number;
  readonly #closed: (stream: SubscriptionStream) => void;
  readonly #ready = Promise.withResolvers<void>();
  readonly #onAbort = (): void => this.close();
  #session: Session | undefined;
  #delivery = 0;
  /** Absolute since this session's SUBSCRIBE. */
  #granted = 0;
  #pulled = 0;
  /** A session was lost: nobody knows what was published meanwhile. */
  #interrupted = false;

  constructor(
    link: LinkCore,
    pattern: TopicPattern<unknown>,
    options: SubscribeOptions,
    closed: (stream: SubscriptionStream) => void,
  ) {
    this.#link = link;
    this.pattern = pattern;
    this.#options = options;
    this.#credit = checkCredit(options.credit ?? limits.subscriptionCredit);
    this.priority = checkPriority(options.priority ?? PRIORITY_DEFAULT);
    this.#closed = closed;
    this.items = new ItemQueue(this);
    this.#ready.promise.catch(() => {});
  }

  /** Resolves once the router has taken it, so that nothing published afterwards is missed. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  begin(): void {
    const { signal } = this.#options;
    if (signal?.aborted === true) {
      this.close();
      return;
    }
    signal?.addEventListener("abort", this.#onAbort);
    this.#link.start(this, false);
  }

  open(session: Session): void {
    this.id = session.takeId();
    this.#session = session;
    session.streams.set(this.id, this);
    this.#delivery = 0;
    // What still waits from before the loss counts against the new credit.
    this.#pulled = -this.items.events;
    this.#granted = Math.max(1, this.#credit - this.items.events);
    session.control({
      type: FrameType.SUBSCRIBE,
      class: frameClass(this.priority),
      stream: this.id,
      arg: this.#granted,
      payload: wire.Subscribe.encode(subscribePayload(this.pattern, this.#options)),
    });
  }

  frame(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    switch (typeAt(view, start)) {
      case FrameType.EVENT:
        this.#event(bytes, view, start, end);
        return;
      case FrameType.GAP:
        this.#gap(bytes, view, start, end);
        return;
      case FrameType.SUBSCRIBED:
        this.#subscribed(bytes.subarray(payloadStart(view, start), end), argAt(view, start));
        return;
      case FrameType.UNSUBSCRIBED:
        this.#unsubscribed(argAt(view, start));
        return;
      default:
        this.#session?.fail(0x101, `frame ${typeAt(view, start)} on a subscription`);
    }
  }

  lost(): void {
    this.#session = undefined;
    this.#interrupted = true;
    if (!this.settled) this.#link.start(this, false);
  }

  refuse(code: number, message: string): void {
    this.#session?.control({ type: FrameType.UNSUBSCRIBE, stream: this.id });
    this.#end(errorOf(code, 0, message));
  }

  refuseOpening(error: NexusError): void {
    this.#end(error);
  }

  /** The reader took an event: room for another. */
  pulled(): void {
    this.#pulled += 1;
    const session = this.#session;
    const wanted = this.#pulled + this.#credit;
    if (session === undefined || (wanted - this.#granted) * 2 < this.#credit) return;
    this.#granted = wanted;
    session.control({
      type: FrameType.CREDIT,
      class: CLASS_CONTROL,
      stream: this.id,
      payload: encodeCredit({ messages: wanted, bytes: 0 }),
    });
  }

  /** The reader wants no more. */
  close(): void {
    if (this.settled) return;
    this.#session?.control({ type: FrameType.UNSUBSCRIBE, stream: this.id });
    this.#end(undefined);
  }

  #end(error: NexusError | undefined): void {
    if (this.settled) return;
    this.settled = true;
    this.#session?.streams.delete(this.id);
    this.#session = undefined;
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#closed(this);
    this.items.finish(error);
    if (error === undefined) this.#ready.resolve();
    else this.#ready.reject(error);
  }

  #subscribed(payload: Uint8Array, code: number): void {
    const told = decodeControl(wire.Subscribed, payload);
    if (told.kind === "fault") {
      this.#session?.fail(told.code, told.message);
      return;
    }
    if (code !== 0) {
      const { message } = told.payload;
      this.#end(
        packedError(code, message === "" ? `${this.pattern.pattern} was refused` : message),
      );
      return;
    }
    const wanted = this.#options.qos ?? this.pattern.qos;
    if (told.payload.qos < wanted) {
      this.refuse(
        12,
        `the router grants QoS ${told.payload.qos} for ${this.pattern.pattern}, ${wanted} was asked for: subscribe with { qos: ${told.payload.qos} }`,
      );
      return;
    }
    if (this.#interrupted) {
      this.#interrupted = false;
      this.#tell(this.#missing(this.pattern.pattern, 0, "unreported"));
    }
    this.#ready.resolve();
  }

  #unsubscribed(code: number): void {
    this.#session?.streams.delete(this.id);
    this.#session = undefined;
    if (reasonOf(code) === Reason.SHUTTING_DOWN) this.lost();
    else
      this.#end(
        packedError(code === 0 ? 14 : code, `${this.pattern.pattern}: the router ended it`),
      );
  }

  #event(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const delivery = argAt(view, start);
    const jump = (delivery - this.#delivery - 1) >>> 0;
    this.#delivery = delivery;
    const meta = metaLengthAt(view, start) === 0 ? NO_META : this.#metaOf(bytes, view, start);
    const topic = this.#topicOf(view, start, meta);
    if (jump > 0 && jump < 0x8000_0000) this.#tell(this.#missing(topic, jump, "unreported"));
    const from = payloadStart(view, start);
    const intact =
      from === start + HEADER_BYTES
        ? crc32(bytes, from, end) === view.getUint32(start + 24)
        : payloadCrcMatches(bytes, view, start, end);
    let value: unknown;
    try {
      if (!intact || meta === undefined) throw new Error("damaged");
      value = decodeMessage(this.pattern.message, bytes, from, end);
    } catch {
      // It was paid for with credit like any other.
      this.pulled();
      this.#tell(this.#missing(topic, 1, "invalid"));
      return;
    }
    this.items.push(eventOf(value, topic, delivery, flagsAt(view, start), meta ?? NO_META));
  }

  #metaOf(bytes: Uint8Array, view: DataView, start: number): Meta | undefined {
    const result = metaOf(bytes, view, start);
    return result?.kind === "meta" ? result.meta : undefined;
  }

  #topicOf(view: DataView, start: number, meta: Meta | undefined): string {
    const route = routeAt(view, start);
    const name = route === 0 ? meta?.name : this.#session?.names.inbound.name(route);
    return name ?? this.pattern.pattern;
  }

  #gap(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const result = readGap(view, payloadStart(view, start), end);
    if (result.kind === "fault") {
      this.#session?.fail(result.code, result.message);
      return;
    }
    const { epoch, from, to, count, reason } = result.payload;
    const topic = this.#topicOf(view, start, this.#metaOf(bytes, view, start));
    const placed = from !== 0 || to !== 0;
    this.#tell({
      kind: "gap",
      topic,
      epoch: placed ? epoch : undefined,
      first: placed ? from : undefined,
      last: placed ? to : undefined,
      count,
      reason: gapReasons[reason] ?? "unreported",
    });
  }

  #missing(topic: string, count: number, reason: GapReasonName): Gap {
    return {
      kind: "gap",
      topic,
      epoch: undefined,
      first: undefined,
      last: undefined,
      count,
      reason,
    };
  }

  #tell(gap: Gap): void {
    this.#link.diagnose({ kind: "gap", gap });
    this.items.push(gap);
  }
}

function eventOf(
  value: unknown,
  topic: string,
  delivery: number,
  flags: number,
  meta: Meta,
): Event<unknown> {
  return {
    kind: "event",
    value,
    topic,
    position: meta.position,
    delivery,
    retained: (flags & Flag.RETAIN) !== 0,
    redelivered: (flags & Flag.DUP) !== 0,
    attempt: meta.attempt ?? 0,
    metadata: meta.user === undefined ? NO_METADATA : metadataOf(meta.user),
    correlationId: meta.correlationId,
    contentType: meta.contentType,
    publishedAt: meta.ingressTime === undefined ? undefined : new Date(meta.ingressTime / 1000),
    origin: meta.origin === undefined ? undefined : hex(meta.origin),
  };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
