/**
 * Reads the topics of one pattern from the store and hands their messages to its readers: one subscription, the members of a
 * group, or whoever is attached as a named consumer. It keeps places, not messages; what it cannot hand out stays in the store.
 */
import type { TopicLog } from "@nexus-bridge/router-stores";
import { Fifo } from "../fifo.ts";
import type { Expiring } from "../link.ts";
import type { Timer } from "../timer-wheel.ts";
import type { EventMessage } from "../topics/event.ts";
import type { TopicCursor } from "../topics/topic-entry.ts";
import type { CursorHost } from "./cursor-host.ts";
import type { Delivery } from "./delivery.ts";
import { give } from "./give.ts";
import { hasNext, type KeyLine, KeyLines, ownerOf } from "./key-lines.ts";
import { type Account, Places } from "./places.ts";
import type { Reader } from "./reader.ts";
import { BURY_AGAIN_MS, type Cause, deadLetterReason, pauseMs } from "./redelivery.ts";
import type { Walk } from "./walk.ts";

export type CursorPolicy = "drop_old" | "latest" | "disconnect" | "block";

export interface CursorOptions {
  readonly host: CursorHost;
  readonly account: Account;
  readonly pattern: string;
  readonly group: string;
  /** Empty unless it outlives its link. */
  readonly consumer: string;
  readonly ordersByKey: boolean;
  readonly policy: CursorPolicy;
  readonly expiryMs: number;
}

export class Cursor implements TopicCursor, Timer<Expiring> {
  readonly kind = "cursor";
  readonly owner = this;
  readonly host: CursorHost;
  readonly pattern: string;
  readonly group: string;
  readonly consumer: string;
  readonly policy: CursorPolicy;
  readonly places: Places;
  readonly keys: KeyLines | undefined;
  expiryMs: number;
  /** Those that may be given something, and those that only settle what they have. */
  readonly readers: Reader[] = [];
  readonly leaving = new Set<Reader>();
  /** What comes before all that is live: retained values, and topics to start in. */
  walk: Walk | undefined;
  /** Messages without a key that are to be sent again now. */
  readonly due = new Fifo<Delivery>();
  /** Deliveries that are not settled, but those that wait for their key. */
  unsettled = 0;
  isOver = false;
  dueAt = Number.POSITIVE_INFINITY;
  next: Timer<Expiring> | undefined;
  previous: Timer<Expiring> | undefined;
  /** Those that are to be sent again later, or to be buried. */
  readonly #delayed = new Set<Delivery>();
  #turn = 0;
  #capacity = 0;
  /** Whether nobody can take anything at once; then what is new only waits. */
  #isSated = false;

  constructor(options: CursorOptions) {
    this.host = options.host;
    this.pattern = options.pattern;
    this.group = options.group;
    this.consumer = options.consumer;
    this.policy = options.policy;
    this.expiryMs = options.expiryMs;
    this.places = new Places(options.account, options.policy === "block");
    this.keys = options.ordersByKey ? new KeyLines() : undefined;
  }

  /** Deliveries that its readers may have unsettled together. */
  get capacity(): number {
    return this.#capacity;
  }

  get delayed(): number {
    return this.#delayed.size;
  }

  appended(log: TopicLog<EventMessage>): void {
    const place = this.places.find(log.topic);
    const newest = log.next - 1;
    if (place === undefined) {
      this.places.begin(log, this.walk?.beginIn(log) ?? newest, this.host.now());
    } else {
      if (place.log !== log) place.adopt(log, newest);
      this.places.line(place);
    }
    this.dispatch();
  }

  join(reader: Reader): void {
    this.readers.push(reader);
    this.#capacity += reader.unackedMax;
    this.host.disarm(this);
    this.#rekey();
  }

  /** The reader is given nothing more; what it has it may still settle. */
  stop(reader: Reader): void {
    const at = this.readers.indexOf(reader);
    if (at < 0) return;
    this.readers.splice(at, 1);
    this.#capacity -= reader.unackedMax;
    this.leaving.add(reader);
    reader.leave();
    if (this.readers.length > 0) this.#rekey();
    else if (this.consumer === "") this.host.over(this);
    else this.host.arm(this, this.host.now() + this.expiryMs);
  }

  /** The reader is gone: what it had goes back. */
  leave(reader: Reader): void {
    this.stop(reader);
    this.leaving.delete(reader);
    reader.isEnded = true;
    for (const delivery of [...reader.unacked.values()]) {
      reader.take(delivery);
      this.retry(delivery, "returned", 0);
    }
    this.roomIn();
  }

  /** Some reader can take more than before. */
  roomIn(): void {
    this.#isSated = false;
    this.dispatch();
  }

  /** A walk that went far enough for one turn goes on. */
  resume(): void {
    if (this.walk !== undefined) this.walk.isResting = false;
    this.roomIn();
  }

  acknowledged(reader: Reader): void {
    if (reader.isLeaving && reader.unacked.size === 0 && !reader.isEnded) this.host.left(reader);
    this.roomIn();
  }

  /** A reader whose link was busy has its turn; whether it is to have another. */
  pumped(reader: Reader): boolean {
    this.#isSated = false;
    return give(this, reader) && reader.hasRoom;
  }

  /** Hands out what can leave at once. */
  dispatch(): void {
    if (this.#isSated || !this.#hasWork) return;
    const { readers } = this;
    for (let idle = 0; idle < readers.length; ) {
      if (this.#turn >= readers.length) this.#turn = 0;
      const reader = readers[this.#turn++] as Reader;
      if (reader.hasRoom && reader.isDirect && give(this, reader)) {
        idle = 0;
        continue;
      }
      idle++;
      if (reader.hasRoom && !reader.isDirect) reader.wake();
    }
    // Whoever has room now waits for its link. What waits for a key is for one reader, which may have room.
    this.#isSated = this.keys === undefined && this.#hasWork;
  }

  get #hasWork(): boolean {
    return (
      this.places.first !== undefined ||
      this.due.length > 0 ||
      this.walk?.isResting === false ||
      this.keys !== undefined ||
      this.places.hasLost
    );
  }

  /** Tells the member that has the key that something is there for it. */
  offer(line: KeyLine): void {
    if (!hasNext(line)) return;
    const owner = ownerOf(line.hash, this.readers);
    if (owner === undefined) return;
    (line.again === undefined ? owner.keys : owner.keysAgain).push(line);
    if (owner.hasRoom) owner.wake();
  }

  /** Members have come or gone. */
  #rekey(): void {
    if (this.keys === undefined) return;
    for (const reader of this.readers) {
      reader.keys.clear();
      reader.keysAgain.clear();
    }
    for (const line of this.keys.all()) this.offer(line);
  }

  /** `delivery` is done with, whatever became of it. */
  settle(delivery: Delivery): void {
    const { line, place } = delivery;
    this.unsettled--;
    place.settle(delivery);
    if (line !== undefined && this.keys?.settle(line) === true) this.offer(line);
    this.places.rest(place);
  }

  /** `delivery` was not settled by who had it: it is delivered again, or it is dead. */
  retry(delivery: Delivery, cause: Cause, askedMs: number): void {
    delivery.cause = cause;
    const isDead = delivery.failures >= this.host.deliveriesMax;
    if (this.isOver && (!isDead || cause === "returned")) {
      this.settle(delivery);
      return;
    }
    const pause = isDead ? 0 : pauseMs(cause, delivery.failures, askedMs);
    // A dead letter is published by the clock, so that no publish begins inside another.
    if (pause > 0 || isDead) this.#delay(delivery, pause);
    else this.#requeue(delivery);
  }

  #delay(delivery: Delivery, pause: number): void {
    this.#delayed.add(delivery);
    this.host.arm(delivery, this.host.now() + pause);
  }

  #requeue(delivery: Delivery): void {
    const { line } = delivery;
    if (line === undefined) {
      this.due.push(delivery);
      return;
    }
    line.current = undefined;
    line.again = delivery;
    this.offer(line);
  }

  /** The time of `delivery` is over: that of its acknowledgement, or the pause before it comes again. */
  timeOver(delivery: Delivery): void {
    const { reader } = delivery;
    if (reader !== undefined) {
      reader.take(delivery);
      this.retry(delivery, "expired", 0);
      this.acknowledged(reader);
      return;
    }
    this.#delayed.delete(delivery);
    if (delivery.failures < this.host.deliveriesMax) this.#requeue(delivery);
    else if (this.#bury(delivery)) this.settle(delivery);
    else this.#delay(delivery, BURY_AGAIN_MS);
    this.roomIn();
  }

  /** False where the dead letter finds no room now. */
  #bury({ stored, log, attempts, cause }: Delivery): boolean {
    return this.host.bury(log, stored?.message, deadLetterReason(attempts, cause));
  }

  /** Ends it: nothing holds the store any more, and no timer of its own stands. */
  end(): void {
    this.isOver = true;
    this.walk = undefined;
    this.host.disarm(this);
    for (const delivery of this.#delayed) {
      // What is dead already is still to be buried.
      if (delivery.failures >= this.host.deliveriesMax) continue;
      this.host.disarm(delivery);
      this.#delayed.delete(delivery);
      this.settle(delivery);
    }
    for (let due = this.due.shift(); due !== undefined; due = this.due.shift()) this.settle(due);
    this.keys?.clear();
    this.places.clear();
  }
}
