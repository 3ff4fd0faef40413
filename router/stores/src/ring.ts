/**
 * The messages of one topic that are kept, without a hole between the first and the last, in an array that goes round. Its
 * user says when the first falls off.
 */
import type { Stored } from "./store.ts";

const PLACES_MIN = 2;

export class Ring<M> {
  #places: (Stored<M> | undefined)[] = [];
  /** The sequences of the first message and of the one that comes next. */
  #first: number;
  #next: number;
  #bytes = 0;

  constructor(next: number) {
    this.#first = next;
    this.#next = next;
  }

  get first(): number {
    return this.#first;
  }

  get next(): number {
    return this.#next;
  }

  get length(): number {
    return this.#next - this.#first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get oldest(): Stored<M> | undefined {
    return this.at(this.#first);
  }

  get newest(): Stored<M> | undefined {
    return this.at(this.#next - 1);
  }

  at(sequence: number): Stored<M> | undefined {
    if (sequence < this.#first || sequence >= this.#next) return undefined;
    // The low bits of any whole number up to 2^53.
    return this.#places[sequence & (this.#places.length - 1)];
  }

  /** Takes the message whose sequence is `next`. */
  push(stored: Stored<M>): void {
    if (this.length === this.#places.length) this.#resize(Math.max(PLACES_MIN, 2 * this.length));
    this.#places[this.#next & (this.#places.length - 1)] = stored;
    this.#next++;
    this.#bytes += stored.bytes;
  }

  /** Gives `next` to a message that is not kept; the ring must be empty. */
  skip(): number {
    const sequence = this.#next;
    this.#next++;
    this.#first = this.#next;
    return sequence;
  }

  shift(): Stored<M> | undefined {
    const { oldest } = this;
    if (oldest === undefined) return undefined;
    this.#places[this.#first & (this.#places.length - 1)] = undefined;
    this.#first++;
    this.#bytes -= oldest.bytes;
    if (this.length === 0) this.#places = [];
    else if (this.#places.length > PLACES_MIN && this.length * 4 <= this.#places.length) {
      this.#resize(this.#places.length / 2);
    }
    return oldest;
  }

  /** The first sequence stored at `time` or later. */
  since(time: number): number {
    let low = this.#first;
    let high = this.#next;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.at(middle) as Stored<M>).storedAt < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #resize(count: number): void {
    const places: (Stored<M> | undefined)[] = new Array(count).fill(undefined);
    for (let sequence = this.#first; sequence < this.#next; sequence++) {
      places[sequence & (count - 1)] = this.at(sequence);
    }
    this.#places = places;
  }
}
