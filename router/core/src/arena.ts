/**
 * The one block of memory that frames pass through: an input area at its start, output slabs behind it, so that a frame moves
 * by `copyWithin`. A slab belongs to one outbox from `take` until its bytes were written, and then comes back.
 */

/** Who filled a slab and wants to know that its bytes were written. */
export interface SlabOwner {
  settle(slab: Slab): void;
}

/** What one turn of reading handles at once; a longer chunk is taken in pieces of this size. */
export const INPUT_BYTES = 64 * 1024;
export const SLAB_BYTES = 64 * 1024;
/** Slabs inside the arena; when all are out, further ones are made outside it and not kept. */
export const SLABS_MAX = 256;

export interface Slab {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  /** Offset of its first byte and of the one behind its last. */
  readonly base: number;
  readonly limit: number;
  /** Its bytes up to here are filled. */
  end: number;
  owner: SlabOwner | undefined;
  /** To be called once the bytes were written: one function a slab for its whole life. */
  readonly written: () => void;
}

export class Arena {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  readonly #free: Slab[] = [];
  #made = 0;
  /** Bytes of all slabs that are out, also of those outside the arena. */
  usedBytes = 0;

  constructor(slabsMax: number = SLABS_MAX) {
    const buffer = new ArrayBuffer(INPUT_BYTES + slabsMax * SLAB_BYTES);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  /** A slab with room for `bytes` at least. */
  take(bytes: number): Slab {
    this.usedBytes += Math.max(bytes, SLAB_BYTES);
    if (bytes > SLAB_BYTES) return standalone(bytes);
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const base = INPUT_BYTES + this.#made * SLAB_BYTES;
    if (base >= this.bytes.length) return standalone(SLAB_BYTES);
    this.#made++;
    return createSlab(this.bytes, this.view, base, base + SLAB_BYTES);
  }

  release(slab: Slab): void {
    this.usedBytes -= slab.limit - slab.base;
    if (slab.bytes !== this.bytes) return;
    slab.end = slab.base;
    slab.owner = undefined;
    this.#free.push(slab);
  }
}

function standalone(size: number): Slab {
  const bytes = new Uint8Array(size);
  return createSlab(bytes, new DataView(bytes.buffer), 0, size);
}

function createSlab(
  bytes: Uint8Array<ArrayBuffer>,
  view: DataView,
  base: number,
  limit: number,
): Slab {
  const slab: Slab = {
    bytes,
    view,
    base,
    limit,
    end: base,
    owner: undefined,
    written: () => slab.owner?.settle(slab),
  };
  return slab;
}
