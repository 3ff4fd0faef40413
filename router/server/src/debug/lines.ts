/** Cuts bytes into lines, whatever pieces they come in. A line is held only as far as it has come, and only up to a limit. */

const LINE_END = 0x0a;

export class Lines {
  readonly #bytesMax: number;
  #pieces: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Gives every line that is whole now, without its end, to `take`; false, for good, once one is too long. */
  push(chunk: Uint8Array, take: (line: Uint8Array) => void): boolean {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_END, start);
      const piece = chunk.subarray(start, end < 0 ? chunk.length : end);
      if (this.#heldBytes + piece.length > this.#bytesMax) return false;
      if (end < 0) {
        if (piece.length > 0) this.#hold(piece);
        return true;
      }
      take(this.#heldBytes === 0 ? piece : this.#whole(piece));
      start = end + 1;
    }
  }

  #hold(piece: Uint8Array): void {
    // The bytes are somebody else's after this call.
    this.#pieces.push(piece.slice());
    this.#heldBytes += piece.length;
  }

  #whole(last: Uint8Array): Uint8Array {
    const whole = Buffer.concat([...this.#pieces, last]);
    this.#pieces = [];
    this.#heldBytes = 0;
    return whole;
  }
}
