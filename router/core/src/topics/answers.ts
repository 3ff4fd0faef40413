/** How the last messages of one producer were answered: with a position, or with a code. Grows as it is used, up to a limit. */

const PLACES_MIN = 16;
const NUMBERS_EACH = 2;
const nothing = new Float64Array(0);

export interface Answer {
  /** 0 for a refusal. */
  epoch: number;
  /** The position, or the code of the refusal; 0 where the answer is not known any more. */
  sequence: number;
}

const found: Answer = { epoch: 0, sequence: 0 };

export class Answers {
  readonly #most: number;
  #numbers = nothing;
  /** Of sequences from `first` on, before `next`. */
  #first = 0;
  #next = 0;

  /** `most` is a power of two. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Adds the answer to `sequence`, the one after the last; how many places it took anew. */
  set(sequence: number, epoch: number, value: number): number {
    const before = this.#places;
    if (sequence !== this.#next) this.#first = sequence;
    this.#next = sequence + 1;
    if (this.#next - this.#first > before) this.#grow();
    const at = this.#at(sequence);
    this.#numbers[at] = epoch;
    this.#numbers[at + 1] = value;
    return this.#places - before;
  }

  /** The answer to `sequence`, valid until the next look-up. */
  get(sequence: number): Readonly<Answer> {
    const isKnown = sequence >= this.#first && sequence < this.#next;
    const at = isKnown ? this.#at(sequence) : 0;
    found.epoch = isKnown ? (this.#numbers[at] as number) : 0;
    found.sequence = isKnown ? (this.#numbers[at + 1] as number) : 0;
    return found;
  }

  /** Forgets all; how many places that gives back. */
  clear(): number {
    const places = this.#places;
    this.#numbers = nothing;
    this.#first = 0;
    this.#next = 0;
    return places;
  }

  get #places(): number {
    return this.#numbers.length / NUMBERS_EACH;
  }

  /** The low bits of any whole number up to 2^53. */
  #at(sequence: number): number {
    return (sequence & (this.#places - 1)) * NUMBERS_EACH;
  }

  #grow(): void {
    const places = Math.min(this.#most, Math.max(PLACES_MIN, 2 * this.#places));
    if (places === this.#places) {
      this.#first = this.#next - places;
      return;
    }
    const from = this.#numbers;
    const mask = this.#places - 1;
    this.#numbers = new Float64Array(places * NUMBERS_EACH);
    for (let sequence = this.#first; sequence < this.#next - 1; sequence++) {
      const old = (sequence & mask) * NUMBERS_EACH;
      const at = this.#at(sequence);
      this.#numbers[at] = from[old] as number;
      this.#numbers[at + 1] = from[old + 1] as number;
    }
  }
}
