/**
 * Live streams of one link and direction, found by id: a ring indexed by the id, since ids rise by two and most streams are
 * short. A long-lived stream whose place the ring has come round to again moves aside into a map. Ring and map are made when
 * they are first needed: most links have no stream in at least one direction.
 */

const RING_MIN = 16;
const RING_MAX = 4096;

/** What an empty table points at: one place that is never filled. */
const NO_IDS = new Uint32Array(1);
const NO_STREAMS: undefined[] = [undefined];

export class StreamTable<Stream extends object> {
  #ids = NO_IDS;
  #streams: (Stream | undefined)[] = NO_STREAMS;
  #mask = 0;
  #inRing = 0;
  #aside: Map<number, Stream> | undefined;

  get size(): number {
    return this.#inRing + (this.#aside === undefined ? 0 : this.#aside.size);
  }

  get(id: number): Stream | undefined {
    const at = (id >>> 1) & this.#mask;
    if (this.#ids[at] === id) {
      const stream = this.#streams[at];
      if (stream !== undefined) return stream;
    }
    return this.#aside?.get(id);
  }

  /** `id` must not be live. */
  set(id: number, stream: Stream): void {
    if (this.#mask === 0) this.#begin(RING_MIN);
    let at = (id >>> 1) & this.#mask;
    let old = this.#streams[at];
    if (old !== undefined && this.#inRing > this.#mask >>> 1 && this.#mask < RING_MAX - 1) {
      this.#grow();
      at = (id >>> 1) & this.#mask;
      old = this.#streams[at];
    }
    if (old !== undefined) this.#setAside(this.#ids[at] as number, old);
    else this.#inRing++;
    this.#ids[at] = id;
    this.#streams[at] = stream;
  }

  delete(id: number): void {
    const at = (id >>> 1) & this.#mask;
    if (this.#ids[at] === id && this.#streams[at] !== undefined) {
      this.#streams[at] = undefined;
      this.#inRing--;
    } else {
      this.#aside?.delete(id);
    }
  }

  /** Every live stream; the table may change meanwhile. */
  all(): Stream[] {
    const found = this.#streams.filter((stream) => stream !== undefined);
    return this.#aside === undefined ? found : [...found, ...this.#aside.values()];
  }

  #setAside(id: number, stream: Stream): void {
    this.#aside ??= new Map();
    this.#aside.set(id, stream);
  }

  #begin(size: number): void {
    this.#ids = new Uint32Array(size);
    this.#streams = new Array(size).fill(undefined);
    this.#mask = size - 1;
    this.#inRing = 0;
  }

  #grow(): void {
    const ids = this.#ids;
    const streams = this.#streams;
    this.#begin((this.#mask + 1) * 2);
    for (let at = 0; at < streams.length; at++) {
      const stream = streams[at];
      if (stream !== undefined) this.set(ids[at] as number, stream);
    }
  }
}

/** Ids rise modulo 2^32: whether `id` comes after `highest`. */
export const isAhead = (id: number, highest: number): boolean => ((id - highest) | 0) > 0;
