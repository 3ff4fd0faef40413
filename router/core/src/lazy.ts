/**
 * A map and a set that cost next to nothing while they are empty, for the many links that do nothing. They have the methods
 * that links need of a Map and a Set, and keep the order of insertion as those do.
 */

export class LazyMap<Key, Value> {
  #entries: Map<Key, Value> | undefined;

  get size(): number {
    return this.#entries === undefined ? 0 : this.#entries.size;
  }

  get(key: Key): Value | undefined {
    return this.#entries?.get(key);
  }

  set(key: Key, value: Value): void {
    this.#entries ??= new Map();
    this.#entries.set(key, value);
  }

  delete(key: Key): boolean {
    return this.#entries?.delete(key) ?? false;
  }

  values(): Iterable<Value> {
    return this.#entries?.values() ?? NOTHING;
  }

  clear(): void {
    this.#entries = undefined;
  }
}

export class LazySet<Item> implements Iterable<Item> {
  #items: Set<Item> | undefined;

  get size(): number {
    return this.#items === undefined ? 0 : this.#items.size;
  }

  has(item: Item): boolean {
    return this.#items?.has(item) ?? false;
  }

  add(item: Item): void {
    this.#items ??= new Set();
    this.#items.add(item);
  }

  delete(item: Item): boolean {
    return this.#items?.delete(item) ?? false;
  }

  [Symbol.iterator](): Iterator<Item> {
    return (this.#items ?? NOTHING)[Symbol.iterator]();
  }
}

const NOTHING: readonly never[] = [];
