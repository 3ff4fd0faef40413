/**
 * Virtual time: a heap of what is due, ordered by time and then by a seeded tie-break. Between two steps all promises settle;
 * no timer of the host is used and no clock of it is read.
 */
import type { Random } from "./random.ts";
import type { Trace } from "./trace.ts";

export interface Due {
  readonly at: number;
  readonly tie: number;
  readonly order: number;
  readonly label: string;
  run: (() => void) | undefined;
}

/** A simulation that takes more steps than this never comes to rest. */
export const STEPS_MAX = 400_000;
const START_MS = 1000;

export class Scheduler {
  now = START_MS;
  steps = 0;
  readonly #random: Random;
  readonly #trace: Trace;
  readonly #heap: Due[] = [];
  #order = 0;

  constructor(random: Random, trace: Trace) {
    this.#random = random;
    this.#trace = trace;
  }

  /** What waits, without what was cancelled. */
  get pending(): readonly Due[] {
    return this.#heap.filter(({ run }) => run !== undefined);
  }

  after(delayMs: number, label: string, run: () => void): Due {
    const at = this.now + Math.max(0, delayMs);
    const tie = this.#random.next();
    const due: Due = { at, tie, order: this.#order++, label, run };
    this.#push(due);
    return due;
  }

  cancel(due: Due): void {
    due.run = undefined;
  }

  /** Runs until `isDone`, until nothing is due, or until the virtual time `untilMs`; says whether it was done. */
  async run(isDone: () => boolean, untilMs: number): Promise<boolean> {
    await settle();
    while (!isDone()) {
      const due = this.#pop();
      if (due === undefined || due.at > untilMs || this.steps >= STEPS_MAX) {
        if (due !== undefined) this.#push(due);
        return false;
      }
      const { run } = due;
      if (run === undefined) continue;
      due.run = undefined;
      this.now = due.at;
      this.steps++;
      this.#trace.step(due.at, due.label);
      run();
      await settle();
    }
    return true;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(due);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(due, heap[parent] as Due)) break;
      heap[at] = heap[parent] as Due;
      at = parent;
    }
    heap[at] = due;
  }

  #pop(): Due | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Due, heap[child] as Due)) child++;
      if (!isBefore(heap[child] as Due, last)) break;
      heap[at] = heap[child] as Due;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Due, b: Due): boolean {
  if (a.at !== b.at) return a.at < b.at;
  return a.tie === b.tie ? a.order < b.order : a.tie < b.tie;
}

/** The host's own queue is used as a fence alone: when it comes to this, every microtask has run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
