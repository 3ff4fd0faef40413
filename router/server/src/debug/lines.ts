/** Cuts bytes into lines, whatever pieces they come in. It holds at most twice as much as has come, and that up to a limit. */

const LINE_END = 0x0a;
const NO_BYTES = new Uint8Array(0);
/** Kept between lines; a larger one is given up once its line is through. */
const KEPT_BYTES_MAX = 4096;
const FIRST_BYTES = 256;

export class Lines {
  /** May rise with what is known of the peer. */
  bytesMax: number;
  #held: Uint8Array = NO_BYTES;
  #heldBytes = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** Gives every line that is whole now, without its end, to `take`; false, for good, once one is too long. */
  push(chunk: Uint8Array, take: (line: Uint8Array) => void): boolean {
    for (let start = 0; ; ) {
      const end = chunk.indexOf(LINE_END, start);
      const piece = chunk.subarray(start, end < 0 ? chunk.length : end);
      if (this.#heldBytes + piece.length > this.bytesMax) return false;
      if (end < 0) {
        this.#hold(piece);
        return true;
      }
      if (this.#heldBytes === 0) take(piece);
      else {
        this.#hold(piece);
        take(this.#whole());
      }
      start = end + 1;
    }
  }

  #hold(piece: Uint8Array): void {
    const needed = this.#heldBytes + piece.length;
    if (needed > this.#held.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#heldBytes, FIRST_BYTES));
      grown.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = grown;
    }
    this.#held.set(piece, this.#heldBytes);
    this.#heldBytes = needed;
  }

  #whole(): Uint8Array {
    const line = this.#held.subarray(0, this.#heldBytes);
    this.#heldBytes = 0;
    if (this.#held.length > KEPT_BYTES_MAX) this.#held = NO_BYTES;
    return line;
  }
}
