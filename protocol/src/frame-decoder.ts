/**
 * Cuts a stream of bytes into whole frames, whatever pieces it comes in. It believes a length only after the header's CRC,
 * checks version and lengths, and holds no more memory than it has received bytes for; all that depends on a type or a
 * state is judged by who gets the frame.
 */
import { LinkCode } from "./gen/errors.ts";
import { limits } from "./gen/limits.ts";
import { HEADER_BYTES, headerCrcMatches, MAJOR, Offset } from "./header.ts";
import { META_CRC_BYTES } from "./meta.ts";

/** Kept between frames; a larger one is given up once its frame is through. */
const KEPT_BYTES_MAX = 4096;
const FIRST_BYTES = 512;
const NO_BYTES = new Uint8Array(0);
const NO_VIEW = new DataView(NO_BYTES.buffer);

/** Why framing cannot go on; the link ends with ERROR `code`. */
export interface FrameFault {
  readonly code: LinkCode;
  readonly message: string;
}

/**
 * Gets each frame: from `start` to `end` of `bytes`, valid only during the call. `view` begins where `bytes` does. A returned
 * fault ends decoding.
 */
export type FrameSink = (
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
) => FrameFault | undefined;

export class FrameDecoder {
  readonly #sink: FrameSink;
  #lengthMax: number = limits.frameBytesBeforeWelcome;
  #metaOnTop = false;
  #held: Uint8Array = NO_BYTES;
  #heldView: DataView = NO_VIEW;
  #heldBytes = 0;
  #fault: FrameFault | undefined;
  #stopped = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** From WELCOME on frames may be as long as v1 allows, the meta block on top. */
  allowFullFrames(): void {
    this.#lengthMax = limits.frameBytes;
    this.#metaOnTop = true;
  }

  /** Ignores everything that follows. */
  stop(): void {
    this.#stopped = true;
    this.#release();
  }

  /** Bytes of a frame that is not whole yet; a link that keeps it above zero for too long is slow. */
  get pendingBytes(): number {
    return this.#heldBytes;
  }

  /** Takes the next bytes in. Returns the fault that ended decoding; from then on the same one. */
  push(chunk: Uint8Array): FrameFault | undefined {
    if (this.#stopped || this.#fault !== undefined) return this.#fault;
    let at = this.#heldBytes === 0 ? 0 : this.#complete(chunk);
    if (at < 0 || this.#stopped) return this.#fault;
    const view = viewOf(chunk);
    while (chunk.length - at >= HEADER_BYTES) {
      const size = this.#measure(chunk, view, at);
      if (size < 0) return this.#fault;
      if (at + size > chunk.length) break;
      if (!this.#emit(chunk, view, at, at + size)) return this.#fault;
      at += size;
    }
    if (at < chunk.length) this.#hold(chunk, at, chunk.length);
    return undefined;
  }

  /** Fills the held frame from the front of `chunk`: where the rest begins, or -1 when decoding ended. */
  #complete(chunk: Uint8Array): number {
    let at = 0;
    if (this.#heldBytes < HEADER_BYTES) {
      at = Math.min(chunk.length, HEADER_BYTES - this.#heldBytes);
      this.#hold(chunk, 0, at);
      if (this.#heldBytes < HEADER_BYTES) return at;
    }
    const size = this.#measure(this.#held, this.#heldView, 0);
    if (size < 0) return -1;
    const wanted = Math.min(chunk.length - at, size - this.#heldBytes);
    this.#hold(chunk, at, at + wanted, size);
    at += wanted;
    if (this.#heldBytes < size) return at;
    const bytes = this.#held;
    const view = this.#heldView;
    this.#heldBytes = 0;
    if (!this.#emit(bytes, view, 0, size)) return -1;
    if (this.#held.length > KEPT_BYTES_MAX) this.#release();
    return at;
  }

  #emit(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
    this.#fault = this.#sink(bytes, view, start, end);
    if (this.#fault !== undefined) this.#release();
    return this.#fault === undefined && !this.#stopped;
  }

  /** The whole size of the frame at `at`, or -1 with the fault set. The order of the checks is part of the protocol. */
  #measure(bytes: Uint8Array, view: DataView, at: number): number {
    if (!headerCrcMatches(bytes, view, at))
      return this.#fail(LinkCode.HEADER_CRC, "the checksum of a header is wrong");
    const major = view.getUint8(at + Offset.version) >>> 4;
    if (major !== MAJOR)
      return this.#fail(LinkCode.UNSUPPORTED_VERSION, `major version ${major}, this is ${MAJOR}`);
    const length = view.getUint32(at);
    const metaLength = view.getUint16(at + Offset.metaLength);
    const lengthMax = this.#lengthMax + (this.#metaOnTop ? metaLength : 0);
    if (length > lengthMax)
      return this.#fail(
        LinkCode.FRAME_TOO_LARGE,
        `a frame of ${length} bytes, ${lengthMax} allowed`,
      );
    if (metaLength > limits.metaBytes || metaLength > length || wrongMeta(metaLength))
      return this.#fail(
        LinkCode.PROTOCOL_ERROR,
        `a meta block of ${metaLength} bytes in ${length}`,
      );
    return HEADER_BYTES + length;
  }

  #fail(code: LinkCode, message: string): -1 {
    this.#fault = { code, message };
    this.#release();
    return -1;
  }

  /** Keeps bytes of an unfinished frame; the buffer at most doubles what has been received. */
  #hold(chunk: Uint8Array, start: number, end: number, size = Number.MAX_SAFE_INTEGER): void {
    const needed = this.#heldBytes + (end - start);
    if (needed > this.#held.length) {
      const grown = new Uint8Array(
        Math.max(needed, Math.min(size, Math.max(2 * needed, FIRST_BYTES))),
      );
      grown.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = grown;
      this.#heldView = new DataView(grown.buffer);
    }
    this.#held.set(chunk.subarray(start, end), this.#heldBytes);
    this.#heldBytes = needed;
  }

  #release(): void {
    this.#held = NO_BYTES;
    this.#heldView = NO_VIEW;
    this.#heldBytes = 0;
  }
}

/** The view last made: sockets that read into one shared buffer get the same one again and again. */
let lastView: DataView = NO_VIEW;

function viewOf(chunk: Uint8Array): DataView {
  if (lastView.buffer !== chunk.buffer || lastView.byteOffset !== chunk.byteOffset)
    lastView = new DataView(chunk.buffer, chunk.byteOffset);
  return lastView;
}

const wrongMeta = (metaLength: number): boolean => metaLength > 0 && metaLength < META_CRC_BYTES;
