/** Time that stands still until a test moves it. */
import type { Alarm, Clock } from "../clock.ts";

interface Due {
  readonly at: number;
  readonly wake: () => void;
}

export class TestClock implements Clock {
  #now = 1_000;
  readonly #due = new Set<Due>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, wake: () => void): Alarm {
    const due = { at: this.#now + delayMs, wake };
    this.#due.add(due);
    return { cancel: () => void this.#due.delete(due), hold: () => {} };
  }

  /** Moves time on, alarm by alarm, and lets everything settle between them. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#now = Math.max(this.#now, next.at);
      this.#due.delete(next);
      next.wake();
      await settle();
    }
    this.#now = until;
    await settle();
  }

  #next(until: number): Due | undefined {
    const due = [...this.#due].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
    return due[0];
  }
}

/** Lets all microtasks run, and those that they start. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
