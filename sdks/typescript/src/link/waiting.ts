/** Opening frames that wait for a session or for room in its output: by priority, then in their order. */
import type { Opening } from "./core.ts";

/** More are refused. */
export const WAITING_MAX = 10_000;
const PRIORITIES = 8;

export class Waiting {
  readonly #queues: Opening[][] = Array.from({ length: PRIORITIES }, () => []);
  #size = 0;

  get empty(): boolean {
    return this.#size === 0;
  }

  /** False where too many wait already; those that gave up meanwhile do not count. */
  add(opening: Opening): boolean {
    if (this.#size >= WAITING_MAX) this.#forgetSettled();
    if (this.#size >= WAITING_MAX) return false;
    this.#queues[opening.priority]?.push(opening);
    this.#size += 1;
    return true;
  }

  /** The next that still wants to open. */
  take(): Opening | undefined {
    for (const queue of this.#queues)
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        this.#size -= 1;
        if (!next.settled) return next;
      }
    return undefined;
  }

  #forgetSettled(): void {
    this.#size = 0;
    for (const queue of this.#queues) {
      const wanted = queue.filter((opening) => !opening.settled);
      queue.splice(0, queue.length, ...wanted);
      this.#size += wanted.length;
    }
  }
}
