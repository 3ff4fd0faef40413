/** What came and was not read yet. Events are bounded by the credit that was given; gaps in a row become one. */
import type { NexusError } from "../nexus-error.ts";
import type { Event, Gap, Item } from "../subscription-item.ts";

type AnyItem = Item<unknown>;
type Result = IteratorResult<AnyItem, undefined>;

export interface Puller {
  /** An event was taken. */
  pulled(event: Event<unknown>): void;
}

const DONE: Result = { done: true, value: undefined };
/** Gaps that wait to be read; further ones are counted together, without their places. */
const GAPS_MAX = 10_000;
/** Read items are dropped from the array's front in runs of this many. */
const COMPACT_AT = 1024;

export class ItemQueue {
  readonly #puller: Puller;
  #items: AnyItem[] = [];
  #head = 0;
  readonly #waiters: PromiseWithResolvers<Result>[] = [];
  #ended = false;
  #error: NexusError | undefined;
  events = 0;

  constructor(puller: Puller) {
    this.#puller = puller;
  }

  push(item: AnyItem): void {
    if (this.#ended) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter.resolve({ done: false, value: item });
      if (item.kind === "event") this.#puller.pulled(item);
      return;
    }
    if (item.kind === "event") this.events += 1;
    else {
      const last = this.#items.length > this.#head ? this.#items.at(-1) : undefined;
      const full = this.#items.length - this.#head - this.events >= GAPS_MAX;
      const merged = last?.kind === "gap" ? merge(last, item, full) : undefined;
      if (merged !== undefined) {
        this.#items[this.#items.length - 1] = merged;
        return;
      }
    }
    this.#items.push(item);
  }

  /** Nothing more comes; an error is told after what came before. */
  finish(error: NexusError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const waiter of this.#waiters.splice(0)) this.#settle(waiter);
  }

  /** Forgets what is not read. */
  clear(): void {
    this.#items = [];
    this.#head = 0;
    this.events = 0;
  }

  /** Takes the events out that are not read; gaps stay. */
  takeEvents(): Event<unknown>[] {
    const waiting = this.#items.slice(this.#head);
    this.#items = waiting.filter(({ kind }) => kind === "gap");
    this.#head = 0;
    this.events = 0;
    return waiting.filter((item) => item.kind === "event");
  }

  next(): Promise<Result> {
    if (this.#head < this.#items.length)
      return Promise.resolve({ done: false, value: this.#take() });
    const waiter = Promise.withResolvers<Result>();
    if (this.#ended) this.#settle(waiter);
    else this.#waiters.push(waiter);
    return waiter.promise;
  }

  #take(): AnyItem {
    const item = this.#items[this.#head] as AnyItem;
    this.#head += 1;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head === COMPACT_AT) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    if (item.kind === "event") {
      this.events -= 1;
      this.#puller.pulled(item);
    }
    return item;
  }

  #settle(waiter: PromiseWithResolvers<Result>): void {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) waiter.resolve(DONE);
    else waiter.reject(error);
  }
}

/** Two gaps without positions and of one kind say the same as one; any two do where there are too many. */
function merge(before: Gap, after: Gap, full: boolean): Gap | undefined {
  const count = before.count + after.count;
  const isPlaced = before.first !== undefined || after.first !== undefined;
  const alike = before.topic === after.topic && before.reason === after.reason && !isPlaced;
  if (alike) return { ...before, count };
  if (!full) return undefined;
  return {
    ...before,
    epoch: undefined,
    first: undefined,
    last: undefined,
    count,
    reason: "unreported",
  };
}
