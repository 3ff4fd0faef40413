/** How fast one writer of lines is read: text costs the router far more than frames do, so what is too fast waits in its socket. */

/** Who was quiet may write this much of a second's share at once. */
const BURST_MS = 1000;

export class Pace {
  readonly #bytesPerSecond: number;
  #until = Number.NEGATIVE_INFINITY;

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Counts `bytes` read at `now`; how many milliseconds nothing further should be read. */
  spend(bytes: number, now: number): number {
    const costMs = (bytes * 1000) / this.#bytesPerSecond;
    this.#until = Math.max(this.#until, now - BURST_MS) + costMs;
    return Math.max(0, this.#until - now);
  }
}
