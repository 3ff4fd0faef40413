/**
 * One subscription: its credit, what waits for it, and what happens when it does not keep up. Whatever is dropped is reported
 * by a GAP in front of the EVENT that follows.
 */
import { encodeFrame, encodeGap, FrameType, GapReason } from "@nexus-bridge/protocol";
import type { ReplayLine } from "../consume/replay-line.ts";
import type { Walk } from "../consume/walk.ts";
import { Fifo } from "../fifo.ts";
import type { Link } from "../link.ts";
import type { Outbox } from "../outbox.ts";
import type { Source } from "../source.ts";
import { type EventMessage, eventBytes, keep, ttlLeft, writeEvent } from "./event.ts";
import { type Hole, holeOf, joined, merged, nowhere, type OpenHole, widen } from "./hole.ts";
import type { Target, TopicEntry } from "./topic-entry.ts";

export const slowPolicies = ["drop_old", "drop_new", "latest", "disconnect"] as const;
export type SlowPolicy = (typeof slowPolicies)[number];

/** Topics told apart in the gaps of one subscription; further ones are counted with the last. */
const GAP_TOPICS_MAX = 256;
/** The same for all subscriptions of one link, of which each may have one in any case. */
export const GAP_TOPICS_PER_LINK_MAX = 4096;

export interface SubscriptionOptions {
  readonly id: number;
  readonly link: Link;
  readonly pattern: string;
  readonly group: string;
  readonly class: number;
  readonly credit: number;
  readonly slow: SlowPolicy;
  readonly wantsAttributes: boolean;
  readonly openedAt: number;
  readonly host: SubscriptionHost;
}

/** What a subscription needs of the router. */
export interface SubscriptionHost {
  readonly routerId: Uint8Array;
  readonly outboxBytesMax: number;
  readonly outboxMessagesMax: number;
  now(): number;
  delivered(): void;
  dropped(subscription: Subscription, topic: string, count: number, reason: number): void;
  /** The subscriber asked to be ended rather than to miss anything. */
  tooSlow(subscription: Subscription): void;
  /** Its walk has gone far enough for one turn: `resume` is called in a later one. */
  later(subscription: Subscription): void;
  /** Binds the topic towards the subscriber; 0 when there is no alias left. */
  bind(link: Link, topic: TopicEntry): number;
}

interface Waiting {
  readonly topic: TopicEntry;
  readonly target: Target;
  /** Absent for a gap. */
  readonly message: EventMessage | undefined;
  readonly size: number;
  /** Of a gap. */
  hole: OpenHole | undefined;
}

export class Subscription implements Source {
  readonly kind = "subscription";
  readonly id: number;
  readonly link: Link;
  readonly pattern: string;
  readonly group: string;
  readonly class: number;
  readonly slow: SlowPolicy;
  readonly openedAt: number;
  readonly priority: number;
  waiting = false;
  /** EVENTs allowed and sent, since the beginning. */
  allowed: number;
  sent = 0;
  /** As `Addressee`, for the EVENT being written. */
  readonly stream: number;
  readonly frameClass: number;
  readonly qos: number = 0;
  readonly attempt: number = 1;
  isRetained = false;
  readonly wantsAttributes: boolean;
  readonly origin: Uint8Array;
  delivery = 0;
  alias = 0;
  /** Retained values that are still to be sent; what is live waits for them. */
  walk: Walk | undefined;
  /** What it asked to see once more. */
  replays: ReplayLine | undefined;
  readonly #host: SubscriptionHost;
  readonly #outbox: Outbox;
  readonly #queue = new Fifo<Waiting>();
  /** Dropped before the head of the queue, by topic. */
  readonly #gaps = new Map<Target, OpenHole>();
  #gapLast: Target | undefined;
  #isEnded = false;

  constructor(options: SubscriptionOptions) {
    this.id = options.id;
    this.stream = options.id;
    this.link = options.link;
    this.pattern = options.pattern;
    this.group = options.group;
    this.class = options.class;
    this.frameClass = options.class & 0xe0;
    this.priority = Math.max(1, options.class >>> 5);
    this.slow = options.slow;
    this.allowed = options.credit;
    this.wantsAttributes = options.wantsAttributes;
    this.openedAt = options.openedAt;
    this.origin = options.host.routerId;
    this.#host = options.host;
    this.#outbox = options.link.outbox;
  }

  get waitingMessages(): number {
    return this.#queue.length;
  }

  /** Whether an event could leave at once. */
  get isReady(): boolean {
    return (
      this.waitingMessages === 0 &&
      this.sent < this.allowed &&
      this.#outbox.isDirect &&
      (this.walk === undefined || this.walk.isResting)
    );
  }

  deliver(message: EventMessage, target: Target): void {
    if (this.isReady && this.#gaps.size === 0) {
      this.#send(message, target);
      return;
    }
    if (this.#isEnded || this.#outbox.isClosed) return;
    this.#wait(message, target);
  }

  /** A message that this subscriber cannot be given: a gap in its place. */
  skip(target: Target, reason: number): void {
    if (this.#isEnded || this.#outbox.isClosed) return;
    if (this.waitingMessages > 0 || !this.#outbox.isDirect) {
      this.#dropNew(target, nowhere(1, reason));
      return;
    }
    this.#sayGaps();
    this.#sayGap(target, nowhere(1, reason));
  }

  /** CREDIT, absolute; false when it raises nothing. */
  raise(allowed: number): boolean {
    if (allowed <= this.allowed) return false;
    this.allowed = allowed;
    const hasKept = this.walk !== undefined || this.replays !== undefined;
    if (this.waitingMessages > 0 || hasKept) this.#outbox.await(this);
    return true;
  }

  /** Asks for a turn in its link's schedule. */
  wake(): void {
    if (!this.#isEnded) this.#outbox.await(this);
  }

  /** A walk that went far enough for one turn goes on. */
  resume(): void {
    if (this.walk === undefined) return;
    this.walk.isResting = false;
    this.wake();
  }

  pump(): boolean {
    if (this.#isEnded) return false;
    if (this.walk !== undefined || this.replays !== undefined) {
      if (this.sent >= this.allowed) return false;
      if (this.#pumpKept()) return true;
    }
    const next = this.#queue.first;
    if (next === undefined) {
      this.#sayGaps();
      return false;
    }
    const { message, hole } = next;
    if (message === undefined) {
      this.#shift();
      if (hole !== undefined) this.#sayGap(next.target, hole);
    } else if (ttlLeft(message, this.#host.now()) <= 0) {
      this.#shift();
      this.#sayGap(next.target, holeOf(message, GapReason.RETENTION));
    } else {
      if (this.sent >= this.allowed) return false;
      this.#shift();
      this.#sayGaps();
      this.#send(message, next.target);
    }
    return this.waitingMessages > 0;
  }

  /** Sends one message that the store has; false at the end of them. */
  #pumpKept(): boolean {
    const replay = this.replays?.step(this.#host.now());
    if (replay !== undefined) {
      if (replay.kind === "event") this.#sendKept(replay.stored.message, false);
      else this.#putGap(replay.topic, this.link.outboundAliases.find(replay.topic), replay.hole);
      return true;
    }
    this.replays = undefined;
    const step = this.walk?.isResting === true ? "far" : this.walk?.step();
    if (step === "far") {
      this.#host.later(this);
      return false;
    }
    if (step === undefined) {
      this.walk = undefined;
      return false;
    }
    const value = step.retained?.message;
    if (value !== undefined && ttlLeft(value, this.#host.now()) > 0) this.#sendKept(value, true);
    return true;
  }

  #sendKept(message: EventMessage, isRetained: boolean): void {
    this.isRetained = isRetained;
    this.#write(message, this.link.outboundAliases.find(message.topic.name));
    this.isRetained = false;
  }

  /** Forgets what waits; nothing is delivered afterwards. */
  end(): void {
    this.#isEnded = true;
    this.walk = undefined;
    this.replays = undefined;
    while (this.waitingMessages > 0) this.#shift();
    this.#forgetGaps();
  }

  #send(message: EventMessage, target: Target): void {
    if (target.alias === 0 && target.isSeen) {
      target.alias = this.#host.bind(this.link, message.topic);
    }
    target.isSeen = true;
    this.#write(message, target.alias);
  }

  #write(message: EventMessage, alias: number): void {
    this.sent++;
    this.delivery = this.sent >>> 0;
    this.alias = alias;
    const size = eventBytes(message, alias, this.wantsAttributes);
    const slab = this.#outbox.reserve(size);
    const ttl = message.ttlAt < 0 ? 0 : ttlLeft(message, this.#host.now());
    writeEvent(slab, size, message, this, ttl);
    this.#host.delivered();
  }

  #wait(message: EventMessage, target: Target): void {
    const size = eventBytes(message, target.alias, this.wantsAttributes);
    if (this.slow === "latest") while (this.waitingMessages > 0) this.#dropOldest();
    if (this.#isOver(size)) {
      if (this.slow === "disconnect") {
        this.#host.tooSlow(this);
        return;
      }
      if (this.slow === "drop_new") {
        this.#dropNew(target, holeOf(message, GapReason.SLOW));
        return;
      }
      while (this.waitingMessages > 0 && this.#isOver(size)) this.#dropOldest();
      if (this.#isOver(size)) {
        this.#dropMessage(target, message);
        return;
      }
    }
    const kept = keep(message);
    this.#push({ topic: message.topic, target, message: kept, size, hole: undefined });
    if (this.sent < this.allowed) this.#outbox.await(this);
  }

  #isOver(size: number): boolean {
    const { uncreditedBytes, queuedMessages } = this.#outbox;
    const { outboxBytesMax, outboxMessagesMax } = this.#host;
    return uncreditedBytes + size > outboxBytesMax || queuedMessages + 1 > outboxMessagesMax;
  }

  #push(waiting: Waiting): void {
    this.#queue.push(waiting);
    // A gap takes no place of a message: it is said or merged, never dropped.
    this.#outbox.queue(waiting.size, waiting.message === undefined ? 0 : 1);
    if (waiting.message !== undefined) this.#outbox.police(waiting.size, 1);
  }

  #shift(): Waiting {
    const first = this.#queue.shift() as Waiting;
    if (first.message === undefined) this.#outbox.gapTopics--;
    if (!this.#outbox.isClosed) {
      this.#outbox.unqueue(first.size, first.message === undefined ? 0 : 1);
      if (first.message !== undefined) this.#outbox.police(first.size, -1);
    }
    return first;
  }

  #dropOldest(): void {
    const { target, message, hole } = this.#shift();
    if (message !== undefined) this.#dropMessage(target, message);
    else if (hole !== undefined) this.#drop(target, hole);
  }

  #dropMessage(target: Target, message: EventMessage): void {
    const before = this.#gaps.get(target);
    if (before === undefined) this.#drop(target, holeOf(message, GapReason.SLOW));
    else {
      widen(before, message);
      if (this.waitingMessages === 0) this.#outbox.await(this);
    }
  }

  #drop(target: Target, hole: OpenHole): void {
    const before = this.#gaps.get(target);
    const last = this.#gapLast === undefined ? undefined : this.#gaps.get(this.#gapLast);
    if (before !== undefined) this.#gaps.set(target, joined(before, hole));
    else if (last === undefined || this.#mayTellApart(this.#gaps.size)) {
      this.#gaps.set(target, hole);
      this.#gapLast = target;
      this.#outbox.gapTopics++;
    } else this.#gaps.set(this.#gapLast as Target, merged(last, hole));
    if (this.waitingMessages === 0) this.#outbox.await(this);
  }

  /** The event that comes now is the one to go: the gap stands behind what waits. */
  #dropNew(target: Target, hole: OpenHole): void {
    const { last } = this.#queue;
    const before = last?.hole?.reason === hole.reason ? last.hole : undefined;
    if (last !== undefined && before !== undefined) {
      if (last.target === target) {
        last.hole = joined(before, hole);
        return;
      }
      if (!this.#mayTellApart(this.waitingMessages)) {
        last.hole = merged(before, hole);
        return;
      }
    }
    this.#outbox.gapTopics++;
    this.#push({ topic: target.topic, target, message: undefined, size: 0, hole });
    this.#outbox.await(this);
  }

  #sayGaps(): void {
    if (this.#gaps.size === 0) return;
    for (const [target, hole] of this.#gaps) this.#sayGap(target, hole);
    this.#forgetGaps();
  }

  #forgetGaps(): void {
    this.#outbox.gapTopics -= this.#gaps.size;
    this.#gaps.clear();
    this.#gapLast = undefined;
  }

  #mayTellApart(topics: number): boolean {
    return topics < GAP_TOPICS_MAX && this.#outbox.gapTopics < GAP_TOPICS_PER_LINK_MAX;
  }

  #sayGap(target: Target, hole: Hole): void {
    this.#putGap(target.topic.name, target.alias, hole);
  }

  #putGap(topic: string, alias: number, hole: Hole): void {
    const payload = encodeGap(hole);
    const named = alias === 0 ? { meta: { name: topic } } : {};
    this.#outbox.put(
      encodeFrame({
        type: FrameType.GAP,
        class: this.frameClass,
        stream: this.id,
        route: alias,
        payload,
        ...named,
      }),
    );
    this.#host.dropped(this, topic, hole.count, hole.reason);
  }
}
