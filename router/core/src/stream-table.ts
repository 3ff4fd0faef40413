/**
 * Live streams of one link and direction, found by id: a ring indexed by the id, since ids rise by two and most streams are
 * short. A long-lived stream whose place the ring has come round to again moves aside into a map.
 */

const RING_MIN = 16;
const RING_MAX = 4096;

export class StreamTable<Stream extends object> {
  #ids = new Uint32Array(RING_MIN);
  #streams: (Stream | undefined)[] = new Array(RING_MIN).fill(undefined);
  #mask = RING_MIN - 1;
  #inRing = 0;
  readonly #aside = new Map<number, Stream>();

  get size(): number {
    return this.#inRing + this.#aside.size;
  }

  get(id: number): Stream | undefined {
    const at = (id >>> 1) & this.#mask;
    if (this.#ids[at] === id) {
      const stream = this.#streams[at];
      if (stream !== undefined) return stream;
    }
    return this.#aside.size === 0 ? undefined : this.#aside.get(id);
  }

  /** `id` must not be live. */
  set(id: number, stream: Stream): void {
    let at = (id >>> 1) & this.#mask;
    let old = this.#streams[at];
    if (old !== undefined && this.#inRing > this.#mask >>> 1 && this.#mask < RING_MAX - 1) {
      this.#grow();
      at = (id >>> 1) & this.#mask;
      old = this.#streams[at];
    }
    if (old !== undefined) this.#aside.set(this.#ids[at] as number, old);
    else this.#inRing++;
    this.#ids[at] = id;
    this.#streams[at] = stream;
  }

  delete(id: number): void {
    const at = (id >>> 1) & this.#mask;
    if (this.#ids[at] === id && this.#streams[at] !== undefined) {
      this.#streams[at] = undefined;
      this.#inRing--;
    } else if (this.#aside.size > 0) {
      this.#aside.delete(id);
    }
  }

  /** Every live stream; the table may change meanwhile. */
  all(): Stream[] {
    const found = this.#streams.filter((stream) => stream !== undefined);
    return [...found, ...this.#aside.values()];
  }

  #grow(): void {
    const ids = this.#ids;
    const streams = this.#streams;
    const size = (this.#mask + 1) * 2;
    this.#ids = new Uint32Array(size);
    this.#streams = new Array(size).fill(undefined);
    this.#mask = size - 1;
    this.#inRing = 0;
    for (let at = 0; at < streams.length; at++) {
      const stream = streams[at];
      if (stream !== undefined) this.set(ids[at] as number, stream);
    }
  }
}

/** Ids rise modulo 2^32: whether `id` comes after `highest`. */
export const isAhead = (id: number, highest: number): boolean => ((id - highest) | 0) > 0;
