/** One topic of the store in memory: its numbers, its ring, its retained value and its pins. What must go is the store's to say. */
import { createHeapNode, type HeapNode } from "./heap.ts";
import { Pins } from "./pins.ts";
import { Ring } from "./ring.ts";
import type { Pin, Stored, TopicLog } from "./store.ts";

/** What the store is told and asked by its logs. */
export interface Keeper<M> {
  append(log: MemoryLog<M>, message: M, bytes: number, now: number): number | undefined;
  mayRetain(log: MemoryLog<M>, bytes: number): boolean;
  retain(log: MemoryLog<M>, value: Stored<M> | undefined): void;
  /** What it holds, or who holds it, is another than before. */
  changed(log: MemoryLog<M>): void;
}

export class MemoryLog<M> implements TopicLog<M> {
  readonly topic: string;
  readonly epoch: number;
  readonly ring = new Ring<M>(1);
  /** In the heaps of the store: by the length of the ring, and by the age of its oldest message. */
  readonly byLength: HeapNode<MemoryLog<M>>;
  readonly byAge: HeapNode<MemoryLog<M>>;
  readonly #keeper: Keeper<M>;
  /** Most topics are never held. */
  pins: Pins | undefined;
  isLive = true;
  hasRing = false;
  retained: Stored<M> | undefined;

  constructor(keeper: Keeper<M>, topic: string, epoch: number, order: number) {
    this.#keeper = keeper;
    this.topic = topic;
    this.epoch = epoch;
    this.byLength = createHeapNode(this, order);
    this.byAge = createHeapNode(this, order);
  }

  get first(): number {
    return this.ring.first;
  }

  get next(): number {
    return this.ring.next;
  }

  startRing(): void {
    this.hasRing = true;
  }

  append(message: M, bytes: number, now: number): number | undefined {
    return this.#keeper.append(this, message, bytes, now);
  }

  at(sequence: number): Stored<M> | undefined {
    return this.ring.at(sequence);
  }

  since(time: number): number {
    return this.ring.since(time);
  }

  mayRetain(bytes: number): boolean {
    return this.#keeper.mayRetain(this, bytes);
  }

  retain(sequence: number, message: M, bytes: number, now: number): boolean {
    if (!this.mayRetain(bytes)) return false;
    this.#keeper.retain(this, { sequence, storedAt: now, bytes, message });
    return true;
  }

  clearRetained(): void {
    if (this.retained !== undefined) this.#keeper.retain(this, undefined);
  }

  pin(sequence: number): Pin {
    this.pins ??= new Pins(() => this.#keeper.changed(this));
    return this.pins.add(Math.min(this.next, Math.max(this.first, sequence)));
  }
}
