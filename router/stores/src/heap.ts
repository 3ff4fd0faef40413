/**
 * A binary heap whose nodes know their place, so that one whose key has changed moves at once. The smallest key is first; equal
 * keys go by `order`.
 */

export interface HeapNode<Owner> {
  readonly owner: Owner;
  readonly order: number;
  key: number;
  /** Its place in the heap; -1 while it is in none. */
  at: number;
}

export function createHeapNode<Owner>(owner: Owner, order: number): HeapNode<Owner> {
  return { owner, order, key: 0, at: -1 };
}

export class Heap<Owner> {
  readonly #nodes: HeapNode<Owner>[] = [];

  get size(): number {
    return this.#nodes.length;
  }

  get first(): HeapNode<Owner> | undefined {
    return this.#nodes[0];
  }

  /** Puts `node` in, or moves it, to where `key` belongs. */
  set(node: HeapNode<Owner>, key: number): void {
    if (node.at < 0) {
      node.key = key;
      node.at = this.#nodes.length;
      this.#nodes.push(node);
      this.#rise(node);
      return;
    }
    if (node.key === key) return;
    const isSmaller = key < node.key;
    node.key = key;
    if (isSmaller) this.#rise(node);
    else this.#sink(node);
  }

  remove(node: HeapNode<Owner>): void {
    const { at } = node;
    if (at < 0) return;
    const last = this.#nodes.pop() as HeapNode<Owner>;
    node.at = -1;
    if (last === node) return;
    this.#put(last, at);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(node: HeapNode<Owner>): void {
    let { at } = node;
    while (at > 0) {
      const parentAt = (at - 1) >>> 1;
      const parent = this.#nodes[parentAt] as HeapNode<Owner>;
      if (!goesBefore(node, parent)) break;
      this.#put(parent, at);
      at = parentAt;
    }
    this.#put(node, at);
  }

  #sink(node: HeapNode<Owner>): void {
    let { at } = node;
    for (;;) {
      const childAt = this.#smallerChild(at);
      if (childAt < 0) break;
      const child = this.#nodes[childAt] as HeapNode<Owner>;
      if (!goesBefore(child, node)) break;
      this.#put(child, at);
      at = childAt;
    }
    this.#put(node, at);
  }

  #smallerChild(at: number): number {
    const left = 2 * at + 1;
    if (left >= this.#nodes.length) return -1;
    const right = left + 1;
    if (right >= this.#nodes.length) return left;
    const isRight = goesBefore(
      this.#nodes[right] as HeapNode<Owner>,
      this.#nodes[left] as HeapNode<Owner>,
    );
    return isRight ? right : left;
  }

  #put(node: HeapNode<Owner>, at: number): void {
    this.#nodes[at] = node;
    node.at = at;
  }
}

const goesBefore = <Owner>(one: HeapNode<Owner>, other: HeapNode<Owner>): boolean =>
  one.key < other.key || (one.key === other.key && one.order < other.order);
