/**
 * Where a cursor stands in one topic: what it reads next, what of it is not settled, and the hole that its reader was not told
 * of yet. Under `block` it holds the ring from the first message that is not settled.
 */
import { GapReason } from "@nexus-bridge/protocol";
import type { Pin, TopicLog } from "@nexus-bridge/router-stores";
import type { EventMessage } from "../topics/event.ts";
import { type Hole, joined } from "../topics/hole.ts";
import type { Delivery } from "./delivery.ts";

export class Place {
  log: TopicLog<EventMessage>;
  /** The sequence to be read next. */
  next: number;
  /** Deliveries of the topic that are not settled. */
  unsettled = 0;
  /** Whether it stands in the line of places that have something to read. */
  isReady = false;
  hole: Hole | undefined;
  #pin: Pin | undefined;
  #first: Delivery | undefined;
  #last: Delivery | undefined;

  constructor(log: TopicLog<EventMessage>, next: number, holdsRing: boolean) {
    this.log = log;
    this.next = next;
    if (holdsRing) this.#pin = log.pin(next);
  }

  /** Whether nothing is left to read, to settle or to tell. */
  get isIdle(): boolean {
    return (
      this.next >= this.log.next && this.unsettled === 0 && this.hole === undefined && !this.isReady
    );
  }

  /** The topic is numbered anew: what was not read of the old numbers is lost. */
  adopt(log: TopicLog<EventMessage>, next: number): void {
    if (this.next < this.log.next) {
      this.lose(this.next, this.log.next - 1, GapReason.RETENTION);
    }
    if (this.#pin !== undefined) {
      this.release();
      this.#pin = log.pin(next);
    }
    this.log = log;
    this.next = next;
  }

  /** Adds messages that no reader will get to the hole that is told next. */
  lose(from: number, to: number, reason: number): void {
    const { epoch } = this.log;
    const hole = { epoch, from, to, count: Math.min(0xffffffff, to - from + 1), reason };
    this.hole = this.hole === undefined ? hole : joined(this.hole, hole);
  }

  /** Whether a hole of `reason` that begins at `from` may be told with the one before it. */
  joins(from: number, reason: number): boolean {
    const { hole } = this;
    if (hole === undefined) return true;
    return hole.reason === reason && hole.epoch === this.log.epoch && hole.to + 1 === from;
  }

  takeHole(): Hole | undefined {
    const { hole } = this;
    this.hole = undefined;
    return hole;
  }

  /** `delivery` is on its way; it holds the ring until it is settled. Its sequence is above all before. */
  open(delivery: Delivery): void {
    this.unsettled++;
    if (this.#pin === undefined || delivery.isRetained) return;
    delivery.before = this.#last;
    if (this.#last === undefined) this.#first = delivery;
    else this.#last.after = delivery;
    this.#last = delivery;
  }

  settle(delivery: Delivery): void {
    this.unsettled--;
    const { before, after } = delivery;
    if (before !== undefined) before.after = after;
    else if (this.#first === delivery) this.#first = after;
    if (after !== undefined) after.before = before;
    else if (this.#last === delivery) this.#last = before;
    delivery.before = undefined;
    delivery.after = undefined;
    this.raise();
  }

  /** Lets go of the ring up to what is not settled. */
  raise(): void {
    if (this.#pin !== undefined) this.#pin.sequence = this.#first?.sequence ?? this.next;
  }

  /** Holds the ring no longer. */
  release(): void {
    this.#pin?.release();
    this.#pin = undefined;
    for (let each = this.#first; each !== undefined; ) {
      const { after } = each;
      each.before = undefined;
      each.after = undefined;
      each = after;
    }
    this.#first = undefined;
    this.#last = undefined;
  }
}
