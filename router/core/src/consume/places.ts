/**
 * The places of one cursor: one for each topic in which something is to be read, settled or told, and a few more. There are no
 * more of them than its account has room for; what is published to topics beyond is lost to the cursor, and counted.
 */
import type { TopicLog } from "@nexus-bridge/router-stores";
import { Fifo } from "../fifo.ts";
import type { EventMessage } from "../topics/event.ts";
import { Place } from "./place.ts";

/** Places that several cursors keep together. */
export interface Account {
  places: number;
  readonly placesMax: number;
}

/** Places kept although nothing is to do there, so that a quiet topic costs nothing to go on with. */
const IDLE_PLACES_MAX = 8;
/** How often places whose messages are all gone are looked for, where there is room for no other. */
const SWEEP_MS = 1000;

export class Places {
  readonly #account: Account;
  readonly #holdsRings: boolean;
  readonly #places = new Map<string, Place>();
  readonly #idle = new Set<Place>();
  /** Those that have something to read, or a hole to tell. */
  readonly #ready = new Fifo<Place>();
  #sweptAt = Number.NEGATIVE_INFINITY;
  #lost = 0;
  #lostTopic = "";

  constructor(account: Account, holdsRings: boolean) {
    this.#account = account;
    this.#holdsRings = holdsRings;
  }

  get size(): number {
    return this.#places.size;
  }

  get readyCount(): number {
    return this.#ready.length;
  }

  /** The one whose turn it is to be read. */
  get first(): Place | undefined {
    return this.#ready.first;
  }

  /** Messages that are lost without a place to tell it, since it was last taken. */
  get hasLost(): boolean {
    return this.#lost > 0;
  }

  find(topic: string): Place | undefined {
    return this.#places.get(topic);
  }

  all(): Iterable<Place> {
    return this.#places.values();
  }

  /** The place in `log`, begun at `sequence` where there is none; undefined where there is no room. */
  begin(log: TopicLog<EventMessage>, sequence: number, now: number): Place | undefined {
    const known = this.#places.get(log.topic);
    if (known !== undefined) return known;
    if (this.#account.places >= this.#account.placesMax && !this.#sweep(now)) {
      this.#lose(log.topic, log.next - sequence);
      return undefined;
    }
    const place = new Place(log, sequence, this.#holdsRings);
    this.#places.set(log.topic, place);
    this.#account.places++;
    this.line(place);
    return place;
  }

  /** Puts `place` into the line of those to be read. */
  line(place: Place): void {
    this.#idle.delete(place);
    if (place.isReady) return;
    place.isReady = true;
    this.#ready.push(place);
  }

  /** The first of the line goes behind the others, or out of it where it has nothing more. */
  pass(): void {
    const place = this.#ready.shift();
    if (place === undefined) return;
    place.isReady = false;
    if (place.next < place.log.next) this.line(place);
    else this.rest(place);
  }

  /** Nothing may be left to do at `place`: then it is kept for a while only. */
  rest(place: Place): void {
    if (!place.isIdle || this.#places.get(place.log.topic) !== place) return;
    this.#idle.add(place);
    if (this.#idle.size <= IDLE_PLACES_MAX) return;
    for (const oldest of this.#idle) {
      this.#forget(oldest);
      return;
    }
  }

  takeLost(): { readonly topic: string; readonly count: number } {
    const lost = { topic: this.#lostTopic, count: this.#lost };
    this.#lost = 0;
    return lost;
  }

  /** Lets go of all of them. */
  clear(): void {
    this.#ready.clear();
    this.#idle.clear();
    for (const place of this.#places.values()) place.release();
    this.#account.places -= this.#places.size;
    this.#places.clear();
  }

  #lose(topic: string, count: number): void {
    this.#lost += count;
    this.#lostTopic = topic;
  }

  /** Gives up places in topics of which nothing is kept any more; whether there is room now. */
  #sweep(now: number): boolean {
    if (now - this.#sweptAt < SWEEP_MS) return false;
    this.#sweptAt = now;
    this.#ready.clear();
    for (const place of [...this.#places.values()]) {
      const { log, unsettled, hole, isReady } = place;
      if (unsettled === 0 && log.first >= log.next) {
        const count = log.next - place.next + (hole?.count ?? 0);
        if (count > 0) this.#lose(log.topic, count);
        this.#forget(place);
      } else if (isReady) this.#ready.push(place);
    }
    return this.#account.places < this.#account.placesMax;
  }

  #forget(place: Place): void {
    this.#idle.delete(place);
    place.release();
    this.#places.delete(place.log.topic);
    this.#account.places--;
  }
}
