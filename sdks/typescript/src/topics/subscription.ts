/**
 * One subscription as the application reads it: events and gaps in order, made again on every new session where the last one
 * ended. It ends by its reader or by the router's refusal, never by the loss of a link.
 */
import {
  argAt,
  CLASS_CONTROL,
  classAt,
  decodeControl,
  encodeCredit,
  Flag,
  FrameType,
  flagsAt,
  frameClass,
  LinkCode,
  type Meta,
  metaLengthAt,
  PRIORITY_DEFAULT,
  payloadStart,
  qosOf,
  Reason,
  reasonOf,
  routeAt,
  typeAt,
  unknownCriticalIn,
  wire,
} from "@nexus-bridge/protocol";
import { checkPriority } from "../call/plan.ts";
import { packedError } from "../call/status.ts";
import type { TopicPattern } from "../descriptor.ts";
import type { LinkCore, Opening } from "../link/core.ts";
import { metaOf, type Session, type Stream } from "../link/session.ts";
import { errorOf, type NexusError } from "../nexus-error.ts";
import type { Event, Gap } from "../subscription-item.ts";
import { Delivery } from "./delivery.ts";
import { EventReader } from "./event-reader.ts";
import { gapOf, lostGap } from "./gap.ts";
import { ItemQueue } from "./item-queue.ts";
import { type Ledger, ledgerOn } from "./ledger.ts";
import { Places } from "./places.ts";
import { continues, resumeAt, resumes } from "./resume.ts";
import {
  CREDIT_DEFAULT,
  checkOptions,
  type SubscribeOptions,
  subscribePayload,
} from "./subscribe-options.ts";

const NO_META: Meta = {};
const NACK = 1;
const TERM = 3;

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
  /** What asking for the next event acknowledges. */
  readonly #handed: Event<unknown>[] = [];
  readonly #acknowledges: boolean;
  /** Undefined where nothing could be made of it after a lost link. */
  readonly #places: Places | undefined;
  readonly #reader: EventReader;
  #ledger: Ledger | undefined;
  #session: Session | undefined;
  #delivery = 0;
  #received = 0;
  /** Absolute since this session's SUBSCRIBE. */
  #granted = 0;
  #pulled = 0;
  /** The router has taken it once. */
  #accepted = false;
  /** A session was lost since. */
  #interrupted = false;
  /** This session began where the last one ended: what is missing, the router tells. */
  #continues = false;

  constructor(
    link: LinkCore,
    pattern: TopicPattern<unknown>,
    options: SubscribeOptions,
    closed: (stream: SubscriptionStream) => void,
  ) {
    checkOptions(options, pattern);
    this.#link = link;
    this.pattern = pattern;
    this.#reader = new EventReader(pattern.message);
    this.#options = options;
    this.#credit = options.credit ?? CREDIT_DEFAULT;
    this.priority = checkPriority(options.priority ?? PRIORITY_DEFAULT);
    this.#closed = closed;
    this.#acknowledges = this.qos > 0 && options.ack !== "manual";
    this.#places = resumes(pattern, options) ? new Places() : undefined;
    this.items = new ItemQueue(this);
    this.#ready.promise.catch(() => {});
  }

  /** What it asks for, and takes nothing less than. */
  get qos(): number {
    return this.#options.qos ?? this.pattern.qos;
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
    this.#received = 0;
    this.#ledger =
      this.qos === 0 ? undefined : ledgerOn(session, this.id, this.#places, this.#link.options);
    // What still waits from before the loss counts against the new credit.
    this.#pulled = -this.items.events;
    this.#granted = Math.max(1, this.#credit - this.items.events);
    const start = this.#interrupted ? resumeAt(this.#places, this.#options, this.qos) : undefined;
    this.#continues = start !== undefined || continues(this.#options);
    session.control({
      type: FrameType.SUBSCRIBE,
      class: frameClass(this.priority),
      stream: this.id,
      arg: this.#granted,
      payload: wire.Subscribe.encode(subscribePayload(this.pattern, this.#options, start)),
    });
  }

  frame(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const type = typeAt(view, start);
    // After UNSUBSCRIBE what was under way no longer matters; answers are still sent until the router has them all.
    if (this.settled) {
      if (type === FrameType.UNSUBSCRIBED) this.#leave();
      return;
    }
    switch (type) {
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
        this.#session?.fail(LinkCode.PROTOCOL_ERROR, `frame ${type} on a subscription`);
    }
  }

  lost(): void {
    this.#leave();
    if (this.settled) return;
    this.#interrupted = this.#accepted;
    // What nobody has read of it is not settled: the next session brings it again.
    if (this.qos > 0) for (const event of this.items.takeEvents()) this.#unread(event);
    this.#link.start(this, false);
  }

  refuse(code: number, message: string): void {
    this.#session?.control({ type: FrameType.UNSUBSCRIBE, stream: this.id });
    this.#end(errorOf(code, 0, message));
  }

  refuseOpening(error: NexusError): void {
    this.#end(error);
  }

  /** The reader asks for the next item: it is done with the one before. */
  asks(): void {
    for (const event of this.#handed.splice(0)) event.ack();
  }

  /** The reader took an event: room for another. */
  pulled(event: Event<unknown>): void {
    if (this.#acknowledges) this.#handed.push(event);
    this.#reader.taken(event);
    this.#makeRoom();
  }

  /** The reader wants no more; what it has can still be settled. */
  close(): void {
    if (this.settled) return;
    this.#ledger?.flush();
    this.#session?.control({ type: FrameType.UNSUBSCRIBE, stream: this.id });
    this.#end(undefined);
  }

  /** The reader left: what it did not acknowledge goes back. */
  abandon(): void {
    this.close();
    const unread = this.items.takeEvents();
    for (const event of [...this.#handed.splice(0), ...unread]) event.nack();
    this.items.clear();
  }

  #makeRoom(): void {
    this.#pulled += 1;
    const session = this.#session;
    const wanted = this.#pulled + this.#credit;
    if (session === undefined || this.settled || (wanted - this.#granted) * 2 < this.#credit)
      return;
    this.#granted = wanted;
    session.control({
      type: FrameType.CREDIT,
      class: CLASS_CONTROL,
      stream: this.id,
      payload: encodeCredit({ messages: wanted, bytes: 0 }),
    });
  }

  #unread(event: Event<unknown>): void {
    const { topic, position, retained, redelivered } = event;
    this.#reader.taken(event);
    if (position !== undefined && !retained && !redelivered) this.#places?.unread(topic, position);
  }

  /** The session, or the router's part in it, is over. */
  #leave(): void {
    this.#session?.streams.delete(this.id);
    this.#session = undefined;
    this.#ledger?.end();
  }

  #end(error: NexusError | undefined): void {
    if (this.settled) return;
    this.settled = true;
    // Where events wait for an answer, the router's UNSUBSCRIBED is the end of it.
    if (error !== undefined || (this.#ledger?.size ?? 0) === 0) this.#leave();
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
    const { message, qos, positions } = told.payload;
    const { pattern } = this.pattern;
    if (code !== 0) {
      this.#end(packedError(code, message === "" ? `${pattern} was refused` : message));
      return;
    }
    if (qos < this.qos) {
      this.refuse(
        12,
        `the router grants QoS ${qos} for ${pattern}, ${this.qos} was asked for: subscribe with { qos: ${qos} }`,
      );
      return;
    }
    for (const { topic, epoch, sequence } of positions)
      this.#places?.begin(topic, epoch, Number(sequence));
    this.#accepted = true;
    if (this.#interrupted && !this.#continues) this.#tell(lostGap(pattern, 0, "unreported"));
    this.#interrupted = false;
    this.#ready.resolve();
  }

  #unsubscribed(code: number): void {
    if (reasonOf(code) === Reason.SHUTTING_DOWN) {
      this.lost();
      return;
    }
    this.#leave();
    this.#end(packedError(code === 0 ? 14 : code, `${this.pattern.pattern}: the router ended it`));
  }

  #event(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    this.#received += 1;
    if (this.#received > this.#granted) {
      this.#session?.fail(LinkCode.FLOW_CONTROL, `EVENT above the credit of ${this.#granted}`);
      return;
    }
    const delivery = argAt(view, start);
    const jump = (delivery - this.#delivery - 1) >>> 0;
    this.#delivery = delivery;
    const meta = metaLengthAt(view, start) === 0 ? NO_META : this.#metaOf(bytes, view, start);
    const topic = this.#topicOf(view, start, meta);
    const name = topic ?? this.pattern.pattern;
    if (jump > 0 && jump < 0x8000_0000) {
      this.#ledger?.torn();
      this.#tell(lostGap(name, jump, "unreported"));
    }
    const critical = meta?.unknown === undefined ? undefined : unknownCriticalIn(meta);
    if (critical !== undefined) {
      this.refuse(12, `meta tag ${critical} is not known here`);
      return;
    }
    const flags = flagsAt(view, start);
    const ledger = qosOf(classAt(view, start)) === 0 ? undefined : this.#ledger;
    const again = this.#came(topic, delivery, flags, meta, ledger);
    const value =
      meta === undefined ? undefined : this.#reader.read(this.#session, bytes, view, start, end);
    if (meta === undefined || value === undefined) {
      this.#unreadable(name, delivery, meta, ledger);
      return;
    }
    const event = new Delivery({ value, topic: name, delivery, flags, meta, again, ledger });
    this.#reader.waits(event);
    this.items.push(event);
  }

  /** Notes an event's place; true where it may have been delivered before. */
  #came(
    topic: string | undefined,
    delivery: number,
    flags: number,
    meta: Meta | undefined,
    ledger: Ledger | undefined,
  ): boolean {
    const position = meta?.position;
    // A dead letter carries the place that it had in another topic, a kept value none of what is to come.
    const isPlaced = topic !== undefined && meta?.deadLetterReason === undefined;
    const placed = isPlaced && (flags & Flag.RETAIN) === 0 ? position : undefined;
    const again =
      placed !== undefined && topic !== undefined && this.#places?.came(topic, placed) === true;
    ledger?.add(delivery, topic ?? "", placed);
    return again;
  }

  /** What is no message is missing. What arrived is not what was sent: at QoS 1 it comes again, at QoS 0 it is missing too. */
  #unreadable(
    topic: string,
    delivery: number,
    meta: Meta | undefined,
    ledger: Ledger | undefined,
  ): void {
    const fault = meta === undefined ? "damaged" : this.#reader.fault;
    const isFinal = fault === "invalid";
    ledger?.settle(delivery, isFinal ? TERM : NACK, 0);
    if (isFinal) this.#skip(lostGap(topic, 1, "invalid", meta?.position));
    else if (ledger !== undefined) this.#makeRoom();
    else this.#skip(lostGap(topic, 1, fault === "slow" ? "slow" : "invalid"));
  }

  /** An event that nobody reads; it was paid for with credit like any other. */
  #skip(gap: Gap): void {
    this.#makeRoom();
    this.#tell(gap);
  }

  #metaOf(bytes: Uint8Array, view: DataView, start: number): Meta | undefined {
    const result = metaOf(bytes, view, start);
    return result?.kind === "meta" ? result.meta : undefined;
  }

  #topicOf(view: DataView, start: number, meta: Meta | undefined): string | undefined {
    const route = routeAt(view, start);
    return route === 0 ? meta?.name : this.#session?.names.inbound.name(route);
  }

  #gap(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const topic = this.#topicOf(view, start, this.#metaOf(bytes, view, start));
    const gap = gapOf(view, payloadStart(view, start), end, topic ?? this.pattern.pattern);
    if (gap.kind === "fault") {
      this.#session?.fail(gap.code, gap.message);
      return;
    }
    if (topic !== undefined) this.#places?.passed(topic, gap);
    this.#tell(gap);
  }

  #tell(gap: Gap): void {
    this.#link.diagnose({ kind: "gap", gap });
    this.items.push(gap);
  }
}
