/** Who holds the messages of one topic, and from which on: counted by sequence, so that asking costs nothing. */
import type { Pin } from "./store.ts";

export class Pins {
  readonly #holders = new Map<number, number>();
  readonly #changed: () => void;
  #count = 0;
  /** Nothing before it is there to be held: pins from before stand here. */
  #floor = 0;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether the message of `sequence` may not go. Only to be asked of the oldest: nobody holds one before it. */
  holds(sequence: number): boolean {
    return this.#count > 0 && this.#holders.has(sequence);
  }

  /** The message of `sequence` is not kept, and none before it: who holds it holds what follows. */
  skip(sequence: number): void {
    if (this.#count === 0) return;
    const holders = this.#holders.get(sequence);
    this.#floor = sequence + 1;
    if (holders === undefined) return;
    this.#holders.delete(sequence);
    this.#holders.set(this.#floor, holders + (this.#holders.get(this.#floor) ?? 0));
  }

  add(sequence: number): Pin {
    const pins = this;
    let place = sequence;
    let isReleased = false;
    this.#count++;
    this.#hold(place);
    this.#changed();
    return {
      get sequence() {
        return Math.max(place, pins.#floor);
      },
      set sequence(next: number) {
        if (isReleased || next <= Math.max(place, pins.#floor)) return;
        pins.#release(place);
        place = next;
        pins.#hold(place);
        pins.#changed();
      },
      release() {
        if (isReleased) return;
        isReleased = true;
        pins.#count--;
        pins.#release(place);
        pins.#changed();
      },
    };
  }

  #hold(place: number): void {
    const sequence = Math.max(place, this.#floor);
    this.#holders.set(sequence, (this.#holders.get(sequence) ?? 0) + 1);
  }

  #release(place: number): void {
    const sequence = Math.max(place, this.#floor);
    const left = (this.#holders.get(sequence) ?? 0) - 1;
    if (left > 0) this.#holders.set(sequence, left);
    else this.#holders.delete(sequence);
  }
}
