/**
 * A subscription that reads through a cursor: its credit, its delivery numbers and what it has not settled. It writes what the
 * cursor gives it and keeps no message of its own; what it cannot take stays in the store.
 */
import {
  type Code,
  EventAckKind,
  encodeFrame,
  encodeGap,
  FrameType,
  type Reason,
} from "@nexus-bridge/protocol";
import type { Stored } from "@nexus-bridge/router-stores";
import { Fifo } from "../fifo.ts";
import type { Link } from "../link.ts";
import type { Outbox } from "../outbox.ts";
import type { Source } from "../source.ts";
import { isAhead } from "../stream-table.ts";
import { type EventMessage, eventBytes, ttlLeft, writeEvent } from "../topics/event.ts";
import type { Hole } from "../topics/hole.ts";
import type { TopicEntry } from "../topics/topic-entry.ts";
import type { Cursor } from "./cursor.ts";
import type { Delivery } from "./delivery.ts";
import type { KeyLine } from "./key-lines.ts";
import type { ReplayLine } from "./replay-line.ts";

const PRIORITY_BITS = 0xe0;

export interface ReaderOptions {
  readonly id: number;
  readonly link: Link;
  readonly class: number;
  readonly credit: number;
  readonly qos: number;
  readonly ackWaitMs: number;
  readonly unackedMax: number;
  readonly wantsAttributes: boolean;
  readonly openedAt: number;
  /** Spreads the keys of a group over its members. */
  readonly seed: number;
  readonly cursor: Cursor;
}

/** What EVACK says: of one delivery, or of all up to it. */
export interface Acknowledgement {
  readonly number: number;
  readonly upTo: boolean;
  readonly kind: EventAckKind;
  readonly delayMs: number;
}

export class Reader implements Source {
  readonly kind = "reader";
  readonly id: number;
  readonly link: Link;
  readonly class: number;
  readonly cursor: Cursor;
  readonly openedAt: number;
  readonly ackWaitMs: number;
  readonly unackedMax: number;
  readonly seed: number;
  readonly priority: number;
  waiting = false;
  /** EVENTs allowed and sent, since the beginning. */
  allowed: number;
  sent = 0;
  /** After UNSUBSCRIBE: it may settle what it has, and gets nothing more. */
  isLeaving = false;
  isEnded = false;
  /** What it was at work on when it left, as far as anybody can know: the first that it had not settled. */
  #atWork: Delivery | undefined;
  /** Sent and not settled, by delivery number, in the order of sending. */
  readonly unacked = new Map<number, Delivery>();
  /** Keys whose next message is for this reader: one that comes again, or one that waited for its key. */
  readonly keysAgain = new Fifo<KeyLine>();
  readonly keys = new Fifo<KeyLine>();
  /** What it asked to see once more. */
  replays: ReplayLine | undefined;
  /** As `Addressee`, for the EVENT being written. */
  readonly stream: number;
  readonly frameClass: number;
  readonly wantsAttributes: boolean;
  readonly origin: Uint8Array;
  qos: number;
  delivery = 0;
  alias = 0;
  attempt = 1;
  isRetained = false;
  readonly #grantedQos: number;
  readonly #outbox: Outbox;
  /** The topic that was last sent by its name. */
  #named = "";

  constructor(options: ReaderOptions) {
    this.id = options.id;
    this.stream = options.id;
    this.link = options.link;
    this.class = options.class;
    this.frameClass = options.class & PRIORITY_BITS;
    this.priority = Math.max(1, options.class >>> 5);
    this.allowed = options.credit;
    this.qos = options.qos;
    this.#grantedQos = options.qos;
    this.ackWaitMs = options.ackWaitMs;
    this.unackedMax = options.unackedMax;
    this.wantsAttributes = options.wantsAttributes;
    this.openedAt = options.openedAt;
    this.seed = options.seed;
    this.cursor = options.cursor;
    this.origin = options.cursor.host.routerId;
    this.#outbox = options.link.outbox;
  }

  /** Whether it may be sent another event, at once or when its turn comes. */
  get hasRoom(): boolean {
    return (
      this.sent < this.allowed &&
      this.unacked.size < this.unackedMax &&
      !this.isLeaving &&
      !this.isEnded &&
      !this.#outbox.isClosed &&
      this.link.state !== "closed"
    );
  }

  /** Whether an event could leave at once. */
  get isDirect(): boolean {
    return this.#outbox.isDirect;
  }

  /** Asks for a turn in its link's schedule. */
  wake(): void {
    if (!this.isEnded) this.#outbox.await(this);
  }

  pump(): boolean {
    if (this.isEnded) return false;
    return this.cursor.pumped(this);
  }

  /** CREDIT, absolute; false when it raises nothing. */
  raise(allowed: number): boolean {
    if (allowed <= this.allowed) return false;
    this.allowed = allowed;
    if (!this.isLeaving) this.cursor.roomIn();
    if (this.replays !== undefined) this.wake();
    return true;
  }

  /** Whether EVENTs of `message` have to be acknowledged. */
  acknowledges(message: EventMessage): boolean {
    return Math.min(message.qos, this.#grantedQos) > 0;
  }

  /** Sends a message that is settled thereby; at QoS 0 where it is one of a replay. */
  sendOnce(stored: Stored<EventMessage>, isRetained: boolean, qos = this.#grantedQos): void {
    this.attempt = 1;
    this.isRetained = isRetained;
    this.qos = qos;
    this.#write(stored.message);
  }

  /** Sends `delivery`, which is this reader's until it is settled. */
  send(delivery: Delivery, stored: Stored<EventMessage>): void {
    delivery.attempts++;
    delivery.reader = this;
    this.attempt = delivery.attempts;
    this.isRetained = delivery.isRetained;
    this.qos = this.#grantedQos;
    this.#write(stored.message);
    delivery.number = this.delivery;
    this.unacked.set(delivery.number, delivery);
    const { host } = this.cursor;
    host.arm(delivery, host.now() + this.ackWaitMs);
  }

  #write(message: EventMessage): void {
    const { host } = this.cursor;
    this.sent++;
    this.delivery = this.sent >>> 0;
    this.alias = this.#aliasOf(message.topic);
    const size = eventBytes(message, this.alias, this.wantsAttributes, this.attempt);
    const ttl = message.ttlAt < 0 ? 0 : ttlLeft(message, host.now());
    writeEvent(this.#outbox.reserve(size), size, message, this, ttl);
    host.delivered(this.attempt > 1);
  }

  /** A topic that comes a second time in a row gets an alias; names that come once are not worth one. */
  #aliasOf(topic: TopicEntry): number {
    const alias = this.link.outboundAliases.find(topic.name);
    if (alias !== 0 || this.#named !== topic.name) {
      this.#named = topic.name;
      return alias;
    }
    return this.cursor.host.bind(this.link, topic);
  }

  sayGap(topic: string, hole: Hole): void {
    this.#outbox.put(this.gapFrame(topic, hole));
    this.cursor.host.dropped(this, topic, hole.count, hole.reason);
  }

  gapFrame(topic: string, hole: Hole): Uint8Array {
    const alias = this.link.outboundAliases.find(topic);
    return encodeFrame({
      type: FrameType.GAP,
      class: this.frameClass,
      stream: this.id,
      route: alias,
      payload: encodeGap(hole),
      ...(alias === 0 ? { meta: { name: topic } } : {}),
    });
  }

  /** Takes an EVACK; false where it speaks of a delivery that was not sent yet. */
  acknowledge(said: Acknowledgement): boolean {
    if (isAhead(said.number, this.sent >>> 0)) return false;
    if (!said.upTo) {
      const delivery = this.unacked.get(said.number);
      if (delivery !== undefined) this.#apply(delivery, said);
    } else {
      for (const [number, delivery] of this.unacked) {
        if (isAhead(number, said.number)) break;
        this.#apply(delivery, said);
      }
    }
    this.cursor.acknowledged(this);
    if (this.replays !== undefined) this.wake();
    return true;
  }

  #apply(delivery: Delivery, { kind, delayMs }: Acknowledgement): void {
    const { host } = this.cursor;
    if (kind === EventAckKind.PROGRESS) {
      // Who leaves has as long as it had, and no longer.
      if (!this.isLeaving) host.arm(delivery, host.now() + this.ackWaitMs);
      return;
    }
    this.take(delivery);
    if (kind !== EventAckKind.NACK) this.cursor.settle(delivery);
    else this.cursor.retry(delivery, "nacked", delayMs);
  }

  /** It gets nothing more; what comes back from now on it had not got to, but for the first. */
  leave(): void {
    this.isLeaving = true;
    this.replays = undefined;
    [this.#atWork] = this.unacked.values();
  }

  /** Takes `delivery` away from this reader. */
  take(delivery: Delivery): void {
    if (this.isLeaving && delivery !== this.#atWork) delivery.spared++;
    this.unacked.delete(delivery.number);
    this.cursor.host.disarm(delivery);
    delivery.reader = undefined;
  }

  sayUnsubscribed(code: number): void {
    this.#outbox.say(
      encodeFrame({
        type: FrameType.UNSUBSCRIBED,
        class: this.frameClass,
        stream: this.id,
        arg: code,
      }),
    );
  }
}

export interface Ending {
  readonly code: Code;
  readonly reason: Reason | 0;
}
