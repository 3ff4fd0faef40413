/**
 * Maps and a set that cost next to nothing while there is next to nothing in them, for the many links that do nothing and the
 * many tokens that lead to one place. They have the methods that are needed of a Map and a Set.
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

/** Its one entry lies in it; a Map is made for the second. */
export class SlimMap<Key, Value extends NonNullable<unknown>> {
  #key: Key | undefined;
  #value: Value | undefined;
  #entries: Map<Key, Value> | undefined;

  get size(): number {
    if (this.#entries !== undefined) return this.#entries.size;
    return this.#value === undefined ? 0 : 1;
  }

  get(key: Key): Value | undefined {
    if (this.#entries !== undefined) return this.#entries.get(key);
    return this.#key === key ? this.#value : undefined;
  }

  set(key: Key, value: Value): void {
    if (this.#entries === undefined) {
      if (this.#value === undefined || this.#key === key) {
        this.#key = key;
        this.#value = value;
        return;
      }
      this.#entries = new Map([[this.#key as Key, this.#value]]);
      this.#key = undefined;
      this.#value = undefined;
    }
    this.#entries.set(key, value);
  }

  delete(key: Key): void {
    if (this.#entries !== undefined) this.#entries.delete(key);
    else if (this.#key === key) {
      this.#key = undefined;
      this.#value = undefined;
    }
  }
}

const NOTHING: readonly never[] = [];
