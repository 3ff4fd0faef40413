/**
 * Reads the topics of one pattern from the store and hands their messages to its readers: one subscription, the members of a
 * group, or whoever is attached as a named consumer. It keeps places, not messages; what it cannot hand out stays in the store.
 */
import { GapReason } from "@nexus-bridge/protocol";
import type { Stored, TopicLog } from "@nexus-bridge/router-stores";
import { Fifo } from "../fifo.ts";
import type { Expiring } from "../link.ts";
import type { Timer } from "../timer-wheel.ts";
import { type EventMessage, ttlLeft } from "../topics/event.ts";
import type { TopicCursor } from "../topics/topic-entry.ts";
import type { Account, CursorHost } from "./cursor-host.ts";
import { Delivery } from "./delivery.ts";
import { hasNext, isFree, KeyLines, keyIn, type KeyLine, ownerOf } from "./key-lines.ts";
import { Place } from "./place.ts";
import type { Reader } from "./reader.ts";
import { BURY_AGAIN_MS, type Cause, deadLetterReason, pauseMs } from "./redelivery.ts";
import type { Walk } from "./walk.ts";

export type CursorPolicy = "drop_old" | "latest" | "disconnect" | "block";

/** Places kept although nothing is to do there, so that a quiet topic costs nothing to go on with. */
const IDLE_PLACES_MAX = 8;
/** Topics looked at for one event; then others have their turn. */
const LOOKED_AT_MAX = 64;
/** Places with something to read beyond which a walk goes no further for now. */
const READY_PLACES_MAX = 64;

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
  readonly account: Account;
  readonly pattern: string;
  readonly group: string;
  readonly consumer: string;
  readonly policy: CursorPolicy;
  readonly keys: KeyLines | undefined;
  expiryMs: number;
  /** Those that may be given something, and those that only settle what they have. */
  readonly readers: Reader[] = [];
  readonly leaving = new Set<Reader>();
  /** What comes before all that is live: retained values, and topics to start in. */
  walk: Walk | undefined;
  isOver = false;
  dueAt = Number.POSITIVE_INFINITY;
  next: Timer<Expiring> | undefined;
  previous: Timer<Expiring> | undefined;
  readonly #places = new Map<string, Place>();
  readonly #idle = new Set<Place>();
  /** Places that have something to read, or a hole to tell. */
  readonly #ready = new Fifo<Place>();
  /** Messages without a key that are to be sent again now, and those to be sent again later. */
  readonly #due = new Fifo<Delivery>();
  readonly #delayed = new Set<Delivery>();
  /** Deliveries that are not settled, but those that wait for their key. */
  #unsettled = 0;
  #turn = 0;
  /** Whether nobody can take anything at once; then what is new only waits. */
  #isSated = false;
  /** Lost for want of a place to remember it by, and of which topic the last one was. */
  #lost = 0;
  #lostTopic = "";

  constructor(options: CursorOptions) {
    this.host = options.host;
    this.account = options.account;
    this.pattern = options.pattern;
    this.group = options.group;
    this.consumer = options.consumer;
    this.policy = options.policy;
    this.expiryMs = options.expiryMs;
    this.keys = options.ordersByKey ? new KeyLines() : undefined;
  }

  get unsettled(): number {
    return this.#unsettled + (this.keys?.waiting ?? 0);
  }

  get placeCount(): number {
    return this.#places.size;
  }

  place(topic: string): Place | undefined {
    return this.#places.get(topic);
  }

  appended(log: TopicLog<EventMessage>): void {
    const place = this.#places.get(log.topic);
    const newest = log.next - 1;
    if (place === undefined) {
      // A walk that has not come to the topic yet will read it from its beginning.
      if (this.walk?.isAhead(log.topic) === true) return;
      const made = this.begin(log, newest);
      if (made === undefined) this.#lose(log.topic);
    } else {
      if (place.log !== log) place.adopt(log, newest);
      this.#line(place);
    }
    this.dispatch();
  }

  /** Reads `log` from `sequence` on; undefined where there is no room for another place. */
  begin(log: TopicLog<EventMessage>, sequence: number): Place | undefined {
    const { account } = this;
    const known = this.#places.get(log.topic);
    if (known !== undefined) return known;
    if (account.places >= account.placesMax && !this.#sweep()) return undefined;
    const place = new Place(log, sequence, this.policy === "block");
    this.#places.set(log.topic, place);
    account.places++;
    this.#line(place);
    return place;
  }

  join(reader: Reader): void {
    this.readers.push(reader);
    this.#rekey();
    this.roomIn();
  }

  /** The reader is given nothing more; what it has it may still settle. */
  stop(reader: Reader): void {
    const at = this.readers.indexOf(reader);
    if (at >= 0) this.readers.splice(at, 1);
    this.leaving.add(reader);
    reader.isLeaving = true;
    if (this.readers.length === 0 && this.consumer === "") this.#releaseAll();
    this.#rekey();
  }

  /** The reader is gone: what it had goes back. */
  leave(reader: Reader): void {
    if (!reader.isLeaving) this.stop(reader);
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

  acknowledged(reader: Reader): void {
    if (reader.isLeaving && reader.unacked.size === 0 && !reader.isEnded) this.host.left(reader);
    this.roomIn();
  }

  /** A reader whose link was busy has its turn; whether it is to have another. */
  pumped(reader: Reader): boolean {
    this.#isSated = false;
    return this.#give(reader) && reader.hasRoom;
  }

  /** Hands out what can leave at once. */
  dispatch(): void {
    if (this.#isSated || !this.#hasWork) return;
    let idle = 0;
    const { readers } = this;
    while (idle < readers.length) {
      if (this.#turn >= readers.length) this.#turn = 0;
      const reader = readers[this.#turn++] as Reader;
      if (!reader.hasRoom) idle++;
      else if (!reader.isDirect) {
        reader.wake();
        idle++;
      } else if (this.#give(reader)) idle = 0;
      else idle++;
    }
    // Whoever has room now waits for its link, or for a message of its own.
    this.#isSated = this.#hasWork && this.keys === undefined;
  }

  get #hasWork(): boolean {
    return (
      this.#ready.length > 0 ||
      this.#due.length > 0 ||
      this.walk !== undefined ||
      this.keys !== undefined ||
      this.#lost > 0 ||
      this.readers.some(({ replays }) => replays !== undefined)
    );
  }

  /** Gives `reader` at most one event; false when there is none for it. */
  #give(reader: Reader): boolean {
    if (!reader.hasRoom) return false;
    if (this.#lost > 0) this.#sayLost(reader);
    return (
      this.#giveReplay(reader) ||
      this.#giveAgain(reader) ||
      this.#giveKeyed(reader) ||
      this.#giveFirst(reader) ||
      this.#giveNext(reader)
    );
  }

  #giveReplay(reader: Reader): boolean {
    const { replays } = reader;
    if (replays === undefined) return false;
    const step = replays.step(this.host.now());
    if (step === undefined) {
      reader.replays = undefined;
      return false;
    }
    if (step.kind === "hole") reader.sayGap(step.topic, step.hole);
    else reader.sendOnce(step.stored, false, 0);
    return true;
  }

  #giveAgain(reader: Reader): boolean {
    for (;;) {
      const delivery = this.#due.shift();
      if (delivery === undefined) return false;
      if (this.#send(reader, delivery)) return true;
    }
  }

  #giveKeyed(reader: Reader): boolean {
    const { keys } = this;
    if (keys === undefined) return false;
    for (;;) {
      const line = reader.keys.shift();
      if (line === undefined) return false;
      if (ownerOf(line.hash, this.readers) !== reader) continue;
      const isNew = line.again === undefined;
      const delivery = keys.take(line);
      if (delivery === undefined) continue;
      if (isNew) this.#unsettled++;
      if (this.#send(reader, delivery)) return true;
    }
  }

  /** Sends a delivery that exists; false where its message is gone, which is told and settles it. */
  #send(reader: Reader, delivery: Delivery): boolean {
    const { stored, place, sequence } = delivery;
    const isLate = stored !== undefined && ttlLeft(stored.message, this.host.now()) <= 0;
    if (stored === undefined || isLate) {
      // A retained value that another one took the place of is no loss.
      if (!delivery.isRetained || isLate) {
        const { epoch, topic } = delivery.log;
        const reason = GapReason.RETENTION;
        reader.sayGap(topic, { epoch, from: sequence, to: sequence, count: 1, reason });
      }
      this.settle(delivery);
      return false;
    }
    this.#sayHole(place, reader);
    if (reader.acknowledges(stored.message)) {
      reader.send(delivery, stored);
    } else {
      reader.sendOnce(stored, delivery.isRetained);
      this.settle(delivery);
    }
    return true;
  }

  /** Retained values, and places in topics that are started in. */
  #giveFirst(reader: Reader): boolean {
    const { walk } = this;
    if (walk === undefined) return false;
    for (let looked = 0; looked < LOOKED_AT_MAX; looked++) {
      if (this.#ready.length >= READY_PLACES_MAX) return false;
      const step = walk.step();
      if (step === undefined) {
        this.walk = undefined;
        return false;
      }
      if (step.begin !== undefined) this.begin(step.log, step.begin);
      const { retained } = step;
      if (retained === undefined || ttlLeft(retained.message, this.host.now()) <= 0) continue;
      if (!reader.acknowledges(retained.message)) {
        reader.sendOnce(retained, true);
        return true;
      }
      const place = this.begin(step.log, step.log.next);
      if (place === undefined) continue;
      this.#open(new Delivery(this, place, retained.sequence, true), reader, retained);
      return true;
    }
    // There is more of it, and it is still this reader's turn.
    return true;
  }

  #giveNext(reader: Reader): boolean {
    for (let looked = 0; looked < LOOKED_AT_MAX; looked++) {
      const place = this.#ready.first;
      if (place === undefined) return false;
      if (this.policy === "disconnect" && place.next < place.log.first) {
        this.host.tooSlow(reader);
        return false;
      }
      const stored = this.#read(place, reader);
      if (stored === undefined) {
        this.#sayHole(place, reader);
        this.#ready.shift();
        place.isReady = false;
        this.#rest(place);
        continue;
      }
      const keyed = this.keys === undefined ? undefined : keyIn(stored.message);
      if (keyed !== undefined) {
        const line = (this.keys as KeyLines).line(keyed.text, keyed.hash);
        if (!isFree(line) || ownerOf(keyed.hash, this.readers) !== reader) {
          if (!this.#park(place, stored, line)) return false;
          continue;
        }
        this.#sayHole(place, reader);
        this.#sendKeyed(place, stored, line, reader);
        return true;
      }
      if (reader.acknowledges(stored.message) && this.#unsettled >= this.#capacity) return false;
      this.#sayHole(place, reader);
      this.#pass(place);
      if (reader.acknowledges(stored.message)) {
        this.#open(new Delivery(this, place, stored.sequence), reader, stored);
      } else {
        reader.sendOnce(stored, false);
      }
      place.raise();
      if (!place.isReady) this.#rest(place);
      return true;
    }
    return true;
  }

  /** The next message of `place` that can be sent; what cannot be is added to its hole. */
  #read(place: Place, reader: Reader): Stored<EventMessage> | undefined {
    const { log } = place;
    while (place.next < log.next) {
      if (place.next < log.first) {
        this.#skip(place, log.first, GapReason.SLOW, reader);
        continue;
      }
      if (this.policy === "latest" && place.next < log.next - 1) {
        this.#skip(place, log.next - 1, GapReason.SLOW, reader);
      }
      const stored = log.at(place.next);
      if (stored !== undefined && ttlLeft(stored.message, this.host.now()) > 0) return stored;
      this.#skip(place, place.next + 1, GapReason.RETENTION, reader);
    }
    place.raise();
    return undefined;
  }

  #skip(place: Place, to: number, reason: number, reader: Reader): void {
    if (!place.joins(place.next, reason)) this.#sayHole(place, reader);
    place.lose(place.next, to - 1, reason);
    place.next = to;
  }

  /** Steps over the message that is about to be sent; the topic goes behind the others. */
  #pass(place: Place): void {
    place.next++;
    this.#ready.shift();
    place.isReady = false;
    if (place.next < place.log.next) this.#line(place);
  }

  #open(delivery: Delivery, reader: Reader, stored: Stored<EventMessage>): void {
    this.#unsettled++;
    delivery.place.open(delivery);
    reader.send(delivery, stored);
  }

  #sendKeyed(place: Place, stored: Stored<EventMessage>, line: KeyLine, reader: Reader): void {
    this.#pass(place);
    if (!reader.acknowledges(stored.message)) {
      (this.keys as KeyLines).settle(line);
      reader.sendOnce(stored, false);
      place.raise();
      return;
    }
    const delivery = new Delivery(this, place, stored.sequence);
    delivery.line = line;
    line.current = delivery;
    this.#open(delivery, reader, stored);
    place.raise();
  }

  /** Lets a message wait for its key; false where too many do. */
  #park(place: Place, stored: Stored<EventMessage>, line: KeyLine): boolean {
    const keys = this.keys as KeyLines;
    if (!keys.park(line, () => new Delivery(this, place, stored.sequence))) return false;
    const delivery = line.waiting.last as Delivery;
    delivery.line = line;
    place.open(delivery);
    this.#pass(place);
    place.raise();
    if (line.waiting.length === 1) this.#offer(line);
    return true;
  }

  /** Tells the member that has the key that something is there for it. */
  #offer(line: KeyLine): void {
    if (!hasNext(line)) return;
    const owner = ownerOf(line.hash, this.readers);
    if (owner === undefined) return;
    owner.keys.push(line);
    if (owner.hasRoom) owner.wake();
  }

  /** Members have come or gone. */
  #rekey(): void {
    const { keys } = this;
    if (keys === undefined) return;
    for (const reader of this.readers) reader.keys.clear();
    for (const line of keys.all()) this.#offer(line);
  }

  get #capacity(): number {
    let sum = 0;
    for (const reader of this.readers) sum += reader.unackedMax;
    return sum;
  }

  /** `delivery` is done with, whatever became of it. */
  settle(delivery: Delivery): void {
    const { line, place } = delivery;
    this.#unsettled--;
    place.settle(delivery);
    if (line !== undefined && this.keys?.settle(line) === true) this.#offer(line);
    this.#rest(place);
  }

  /** `delivery` was not settled by who had it: it is delivered again, or it is dead. */
  retry(delivery: Delivery, cause: Cause, askedMs: number): void {
    delivery.cause = cause;
    const isDead = delivery.attempts >= this.host.deliveriesMax;
    if (this.isOver && !(isDead && cause === "nacked")) {
      this.settle(delivery);
      return;
    }
    const pause = isDead ? 0 : pauseMs(cause, delivery.attempts, askedMs);
    // A dead letter is published by the clock, so that no publish begins inside another.
    if (pause > 0 || isDead) {
      this.#delayed.add(delivery);
      this.host.arm(delivery, this.host.now() + pause);
    } else this.#requeue(delivery);
  }

  #requeue(delivery: Delivery): void {
    const { line } = delivery;
    if (line === undefined) {
      this.#due.push(delivery);
      return;
    }
    line.current = undefined;
    line.again = delivery;
    this.#offer(line);
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
    if (delivery.attempts < this.host.deliveriesMax) this.#requeue(delivery);
    else if (this.#bury(delivery)) this.settle(delivery);
    else {
      this.#delayed.add(delivery);
      this.host.arm(delivery, this.host.now() + BURY_AGAIN_MS);
    }
    this.roomIn();
  }

  /** False where the dead letter finds no room now. */
  #bury(delivery: Delivery): boolean {
    const { stored, log, attempts, cause } = delivery;
    // What the ring let go of meanwhile was delivered as often as it may be.
    if (stored === undefined) return true;
    return this.host.bury(log, stored.message, deadLetterReason(attempts, cause));
  }

  /** Ends it: nothing holds the store any more, and no timer stands. */
  end(): void {
    this.isOver = true;
    this.walk = undefined;
    this.host.disarm(this);
    for (const delivery of [...this.#delayed]) {
      this.host.disarm(delivery);
      this.settle(delivery);
    }
    this.#delayed.clear();
    for (let due = this.#due.shift(); due !== undefined; due = this.#due.shift()) this.settle(due);
    this.keys?.clear();
    this.#releaseAll();
  }

  /** Lets go of all that was not sent. */
  #releaseAll(): void {
    this.#ready.clear();
    this.#idle.clear();
    for (const place of this.#places.values()) place.release();
    this.account.places -= this.#places.size;
    this.#places.clear();
  }

  #line(place: Place): void {
    this.#idle.delete(place);
    if (place.isReady) return;
    place.isReady = true;
    this.#ready.push(place);
  }

  #rest(place: Place): void {
    if (!place.isIdle || this.#places.get(place.log.topic) !== place) return;
    this.#idle.add(place);
    if (this.#idle.size <= IDLE_PLACES_MAX) return;
    for (const oldest of this.#idle) {
      this.#forget(oldest);
      return;
    }
  }

  #forget(place: Place): void {
    this.#idle.delete(place);
    place.release();
    this.#places.delete(place.log.topic);
    this.account.places--;
  }
}
