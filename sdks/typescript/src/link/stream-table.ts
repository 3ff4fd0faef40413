/**
 * The live streams of a session by id: an array for the recent ones, a map for those that outlive a turn of it. A plain map
 * would do, but each time one rehashes, its old table keeps the streams of that moment alive until the next full collection.
 */

/** A power of two: ids of both sides share it. */
const SLOTS = 2048;

interface Identified {
  readonly id: number;
}

export class StreamTable<T extends Identified> {
  readonly #slots: (T | undefined)[] = new Array<T | undefined>(SLOTS).fill(undefined);
  readonly #older = new Map<number, T>();

  get(id: number): T | undefined {
    const stream = this.#slots[id & (SLOTS - 1)];
    if (stream !== undefined && stream.id === id) return stream;
    return this.#older.size === 0 ? undefined : this.#older.get(id);
  }

  set(id: number, stream: T): void {
    const slot = id & (SLOTS - 1);
    const before = this.#slots[slot];
    if (before !== undefined && before.id !== id) this.#older.set(before.id, before);
    this.#slots[slot] = stream;
  }

  delete(id: number): void {
    const slot = id & (SLOTS - 1);
    if (this.#slots[slot]?.id === id) this.#slots[slot] = undefined;
    else if (this.#older.size > 0) this.#older.delete(id);
  }

  has(id: number): boolean {
    return this.get(id) !== undefined;
  }

  /** All of them at this moment. */
  values(): T[] {
    return [...this.#slots.filter((stream) => stream !== undefined), ...this.#older.values()];
  }

  clear(): void {
    this.#slots.fill(undefined);
    this.#older.clear();
  }
}
