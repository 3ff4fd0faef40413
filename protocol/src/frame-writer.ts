/**
 * Collects the frames of one link into slabs and hands them to its channel in few large writes. It decides neither order nor
 * credit: what is appended leaves, in that order.
 */
import type { Channel } from "./channel.ts";
import { type Slab, type SlabPool, sharedSlabs } from "./slab-pool.ts";

export interface FrameWriterOptions {
  /** Arranges one later call of `flush`, at the end of the turn; asked only when nothing is arranged yet. */
  readonly schedule: (flush: () => void) => void;
  /** The channel took everything after it had been slow. */
  readonly drained?: () => void;
  readonly pool?: SlabPool;
}

export class FrameWriter {
  readonly #channel: Pick<Channel, "write">;
  readonly #options: FrameWriterOptions;
  readonly #pool: SlabPool;
  readonly #flush = (): void => {
    this.#scheduled = false;
    this.flush();
  };
  #slab: Slab | undefined;
  #reserved = 0;
  #scheduled = false;
  #unwritten = 0;
  #blocked = false;

  constructor(channel: Pick<Channel, "write">, options: FrameWriterOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#pool = options.pool ?? sharedSlabs;
  }

  /** Bytes appended that the channel has not let go of. */
  get pendingBytes(): number {
    return this.#unwritten + (this.#slab?.used ?? 0);
  }

  /** The channel said it is slow and has not caught up: append only what must go. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /**
   * Makes room for `size` bytes in one piece and returns the slab; the frame goes to `slab.used`. Nothing is sent of it
   * until {@link commit}: an encoder that throws has left no trace.
   */
  reserve(size: number): Slab {
    let slab = this.#slab;
    if (slab !== undefined && slab.bytes.length - slab.used < size) {
      this.flush();
      slab = undefined;
    }
    slab ??= this.#pool.take(size);
    this.#slab = slab;
    this.#reserved = size;
    return slab;
  }

  /** Takes the first `size` bytes of what was reserved as one or more whole frames. */
  commit(size: number): void {
    const slab = this.#slab;
    if (slab === undefined || size > this.#reserved)
      throw new RangeError(`commit of ${size} bytes, ${this.#reserved} were reserved`);
    this.#reserved = 0;
    slab.used += size;
    this.#arrange();
  }

  /** Copies whole frames from another buffer. */
  append(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    const size = end - start;
    const slab = this.reserve(size);
    slab.bytes.set(size === bytes.length ? bytes : bytes.subarray(start, end), slab.used);
    this.commit(size);
  }

  /** Hands everything to the channel now. Returns false while the channel is slow. */
  flush(): boolean {
    const slab = this.#slab;
    if (slab === undefined) return !this.#blocked;
    this.#slab = undefined;
    if (slab.used === 0) {
      this.#pool.give(slab);
      return !this.#blocked;
    }
    const size = slab.used;
    this.#unwritten += size;
    const fast = this.#channel.write(slab.bytes.subarray(0, size), () => this.#written(slab, size));
    if (!fast && this.#unwritten > 0) this.#blocked = true;
    return !this.#blocked;
  }

  #arrange(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.schedule(this.#flush);
  }

  #written(slab: Slab, size: number): void {
    this.#unwritten -= size;
    this.#pool.give(slab);
    if (this.#unwritten > 0 || !this.#blocked) return;
    this.#blocked = false;
    this.#options.drained?.();
  }
}
