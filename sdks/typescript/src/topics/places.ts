/**
 * Where a subscription stands in each topic, so that the next session can go on there: the first position that is not settled.
 * It hides nothing: what came before only says that an event came before.
 */
import { limitRanges, type wire } from "@nexus-bridge/protocol";
import type { EventPosition, Gap } from "../subscription-item.ts";

/** Topics of one subscription that are remembered; the others begin at their earliest after a lost link. */
const PLACES_MAX = 1024;

/**
 * Deliveries of one topic that wait to be settled. A router has no more of a subscription outstanding: the oldest beyond are dead
 * letters, or another member's.
 */
const OPEN_MAX = limitRanges.unackedMessages.maximum;

interface Place {
  readonly epoch: number;
  /** The first that did not come yet and was not told as missing. */
  next: number;
  /** The last that came; 0 for none. */
  last: number;
  /** Deliveries that were not settled, by sequence. */
  readonly open: Map<number, number>;
}

export class Places {
  readonly #places = new Map<string, Place>();

  get size(): number {
    return this.#places.size;
  }

  /** The router begins the topic at `sequence`; what is known already stays. */
  begin(topic: string, epoch: number, sequence: number): void {
    if (this.#places.get(topic)?.epoch !== epoch) this.#set(topic, epoch, sequence);
  }

  /** An event came; true where one of that position, or one behind it, came before. */
  came(topic: string, { epoch, sequence }: EventPosition): boolean {
    const place = this.#places.get(topic);
    if (place === undefined || place.epoch !== epoch) {
      this.#set(topic, epoch, sequence + 1, sequence);
      return false;
    }
    if (sequence <= place.last) return true;
    place.last = sequence;
    place.next = Math.max(place.next, sequence + 1);
    return false;
  }

  /** `delivery` is to be settled; an earlier delivery of the same event, which that replaces, is returned. */
  opened(topic: string, { sequence }: EventPosition, delivery: number): number | undefined {
    const open = this.#places.get(topic)?.open;
    const before = open?.get(sequence);
    if (open === undefined) return before;
    // Behind all that came before it, also where it comes again.
    open.delete(sequence);
    open.set(sequence, delivery);
    if (open.size > OPEN_MAX) {
      const [oldest] = open.keys();
      if (oldest !== undefined) open.delete(oldest);
    }
    return before;
  }

  settled(topic: string, { epoch, sequence }: EventPosition): void {
    const place = this.#places.get(topic);
    if (place?.epoch === epoch) place.open.delete(sequence);
  }

  /** It came, and goes unread with its session: it counts as if it had not. */
  unread(topic: string, { epoch, sequence }: EventPosition): void {
    const place = this.#places.get(topic);
    if (place?.epoch !== epoch) return;
    place.open.delete(sequence);
    place.next = Math.min(place.next, sequence);
    place.last = Math.min(place.last, sequence - 1);
  }

  /** The router told that events do not come: nobody asks for them again. */
  passed(topic: string, { epoch, first, last, reason }: Gap): void {
    if (epoch === undefined || first === undefined || last === undefined) {
      // What begins anew begins with its first, which is what an unknown topic does.
      if (reason === "reset") this.#places.delete(topic);
      return;
    }
    const place = this.#places.get(topic);
    if (place?.epoch !== epoch) {
      this.#set(topic, epoch, last + 1);
      return;
    }
    place.next = Math.max(place.next, last + 1);
    for (const sequence of [...place.open.keys()])
      if (sequence >= first && sequence <= last) place.open.delete(sequence);
  }

  /** The first that is wanted of each topic. */
  get wanted(): wire.PositionInit[] {
    return [...this.#places].map(([topic, { epoch, next, open }]) => {
      let first = next;
      for (const sequence of open.keys()) first = Math.min(first, sequence);
      return { topic, epoch, sequence: BigInt(first) };
    });
  }

  #set(topic: string, epoch: number, next: number, last = 0): void {
    if (this.#places.size < PLACES_MAX || this.#places.has(topic))
      this.#places.set(topic, { epoch, next, last, open: new Map() });
  }
}
