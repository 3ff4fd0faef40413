/** Names of topics in ascending order, in blocks, so that one more or less moves a few hundred of them and not all. */

/** Names in a block, at most; then it is cut in two. */
const BLOCK_MAX = 512;

export class SortedTopics {
  /** None is empty but the only one. */
  readonly #blocks: string[][] = [[]];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(topic: string): void {
    const at = this.#blockOf(topic);
    const block = this.#blocks[at] as string[];
    const place = lowerBound(block, topic);
    if (block[place] === topic) return;
    block.splice(place, 0, topic);
    this.#size++;
    if (block.length <= BLOCK_MAX) return;
    this.#blocks.splice(at + 1, 0, block.splice(block.length >>> 1));
  }

  delete(topic: string): void {
    const at = this.#blockOf(topic);
    const block = this.#blocks[at] as string[];
    const place = lowerBound(block, topic);
    if (block[place] !== topic) return;
    block.splice(place, 1);
    this.#size--;
    if (block.length === 0 && this.#blocks.length > 1) this.#blocks.splice(at, 1);
  }

  /** All from `topic` on, itself included. Nothing may be added or deleted meanwhile. */
  *from(topic: string): Generator<string> {
    let at = this.#blockOf(topic);
    let place = lowerBound(this.#blocks[at] as string[], topic);
    for (; at < this.#blocks.length; at++, place = 0) {
      const block = this.#blocks[at] as string[];
      for (; place < block.length; place++) yield block[place] as string;
    }
  }

  /** The block that holds `topic`, or would: the last whose first name is not behind it. */
  #blockOf(topic: string): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (((this.#blocks[middle] as string[])[0] as string) <= topic) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Where `topic` stands in `block`, or would. */
function lowerBound(block: readonly string[], topic: string): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((block[middle] as string) < topic) low = middle + 1;
    else high = middle;
  }
  return low;
}
