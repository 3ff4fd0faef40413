/**
 * Output buffers of 64 KiB that are used again and again: allocating one for each write costs more in page faults than the
 * write itself. A slab belongs to one writer until the channel has let go of it.
 */

export const SLAB_BYTES = 65536;
/** Slabs kept for reuse; what comes back beyond them is left to the collector. */
export const SLABS_KEPT_MAX = 256;

export interface Slab {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** How much of it is filled. */
  used: number;
}

export class SlabPool {
  readonly #free: Slab[] = [];
  readonly #keptMax: number;

  constructor(keptMax: number = SLABS_KEPT_MAX) {
    this.#keptMax = keptMax;
  }

  /** An empty slab; one that holds a frame above 64 KiB is made for it and not kept. */
  take(bytesMin = SLAB_BYTES): Slab {
    if (bytesMin > SLAB_BYTES) return makeSlab(bytesMin);
    const slab = this.#free.pop();
    if (slab === undefined) return makeSlab(SLAB_BYTES);
    slab.used = 0;
    return slab;
  }

  give(slab: Slab): void {
    if (slab.bytes.length === SLAB_BYTES && this.#free.length < this.#keptMax)
      this.#free.push(slab);
  }
}

function makeSlab(size: number): Slab {
  const bytes = new Uint8Array(size);
  return { bytes, view: new DataView(bytes.buffer), used: 0 };
}

/** One pool a process is enough: slabs travel between links. */
export const sharedSlabs: SlabPool = new SlabPool();
