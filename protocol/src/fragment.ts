/**
 * Messages larger than a frame or than the credit: cutting them on the sender's side, putting them together on the receiver's.
 * The running CRC and the message index make every lost, repeated or moved fragment visible. Decompression is not done here.
 */
import { crc32 } from "./crc32.ts";
import { payloadStart } from "./frame.ts";
import { Code, Reason } from "./gen/errors.ts";
import { limits } from "./gen/limits.ts";
import {
  argAt,
  classAt,
  Flag,
  FrameType,
  flagsAt,
  metaLengthAt,
  Offset,
  typeAt,
} from "./header.ts";

const NO_BYTES = new Uint8Array(0);
const FIRST_BYTES = 4096;
const CHAIN_FLAGS = Flag.MORE | Flag.END | Flag.PCRC;

/** One message on its way out: where the next fragment lies, and the CRC its frame carries. */
export class Fragmenter {
  readonly bytes: Uint8Array;
  /** The fragment last cut; `crc` runs over the message up to `end`. */
  start = 0;
  end = 0;
  crc = 0;
  #begun = false;

  constructor(message: Uint8Array) {
    this.bytes = message;
  }

  /** Nothing has been cut yet: the first fragment costs message credit, carries the meta and all flags. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The fragment last cut is the message's last; all others carry MORE. */
  get complete(): boolean {
    return this.#begun && this.end === this.bytes.length;
  }

  /** Cuts the next fragment, at most `bytesMax` long; false where the credit allows none. An empty message is one. */
  next(bytesMax: number): boolean {
    if (this.complete) return false;
    const left = this.bytes.length - this.end;
    const size = Math.min(left, bytesMax, limits.fragmentBytes);
    if (size <= 0 && left > 0) return false;
    this.start = this.end;
    this.end += size;
    this.crc = crc32(this.bytes, this.start, this.end, this.crc);
    this.#begun = true;
    return true;
  }
}

/** What a frame meant for the message it belongs to. */
export const Assembly = {
  /** The frame carried no message: a stream opened without one, or a half-close. */
  NOTHING: 0,
  /** A fragment; the message goes on. */
  PARTIAL: 1,
  /** The message is whole: `bytes`, `start`, `end`. */
  MESSAGE: 2,
  /** The call ends with `fault`. */
  FAULT: 3,
} as const;
export type Assembly = (typeof Assembly)[keyof typeof Assembly];

export interface AssemblyFault {
  readonly code: Code;
  readonly reason: Reason | 0;
  readonly message: string;
}

/** Puts the messages of one sender on one stream together, and verifies their payload CRC. */
export class Assembler {
  readonly #messageBytesMax: number;
  #index = 0;
  #partial: Uint8Array = NO_BYTES;
  #partialBytes = 0;
  #crc = 0;
  #class = 0;
  #begun = false;
  /** The last whole message: in the frame's own buffer where it came in one, so valid only until the next bytes. */
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  end = 0;
  fault: AssemblyFault | undefined;

  constructor(messageBytesMax: number = limits.messageBytes) {
    this.#messageBytesMax = messageBytesMax;
  }

  /** A message has begun and not ended: byte credit must go on rising. */
  get partial(): boolean {
    return this.#begun;
  }

  /** The index the sender's next message has. */
  get nextIndex(): number {
    return this.#index;
  }

  /** Takes an OPEN or DATA frame in, `start` to `end` of `bytes`. */
  accept(bytes: Uint8Array, view: DataView, start: number, end: number): Assembly {
    const flags = flagsAt(view, start);
    const from = payloadStart(view, start);
    const carries = end > from || (flags & Flag.PCRC) !== 0;
    const broken = this.#chainProblem(view, start, carries);
    if (broken !== undefined) return this.#fail(Code.DATA_LOSS, 0, broken);
    if (!carries) return Assembly.NOTHING;
    if (this.#partialBytes + (end - from) > this.#messageBytesMax)
      return this.#fail(
        Code.RESOURCE_EXHAUSTED,
        Reason.TOO_LARGE,
        `a message above ${this.#messageBytesMax} bytes`,
      );
    this.#crc = crc32(bytes, from, end, this.#begun ? this.#crc : 0);
    if (this.#crc !== view.getUint32(start + Offset.payloadCrc))
      return this.#fail(Code.DATA_LOSS, Reason.PAYLOAD_CRC, "the checksum of a payload is wrong");
    const more = (flags & Flag.MORE) !== 0;
    if (!this.#begun && !more) return this.#deliver(bytes, from, end);
    this.#append(bytes, from, end);
    this.#class = classAt(view, start);
    this.#begun = more;
    if (more) return Assembly.PARTIAL;
    const whole = this.#partial;
    const size = this.#partialBytes;
    this.discard();
    return this.#deliver(whole, 0, size);
  }

  /** Gives up a partial message: STATUS or CANCEL came. */
  discard(): void {
    this.#partial = NO_BYTES;
    this.#partialBytes = 0;
    this.#begun = false;
  }

  #chainProblem(view: DataView, start: number, carries: boolean): string | undefined {
    const flags = flagsAt(view, start);
    const index = argAt(view, start);
    if (typeAt(view, start) === FrameType.DATA && index !== this.#index)
      return `message index ${index} instead of ${this.#index}`;
    if ((flags & Flag.MORE) !== 0) {
      if ((flags & Flag.END) !== 0) return "END and MORE on one frame";
      if (start + view.getUint32(start) + 32 === payloadStart(view, start))
        return "an empty fragment";
    }
    if (!this.#begun) return undefined;
    if (typeAt(view, start) !== FrameType.DATA) return "OPEN inside a message";
    if (!carries || view.getUint32(start) === metaLengthAt(view, start)) return "an empty fragment";
    if (metaLengthAt(view, start) > 0) return "meta on a later fragment";
    if ((flags & ~CHAIN_FLAGS) !== 0) return "flags on a later fragment";
    if (classAt(view, start) !== this.#class) return "another class inside a message";
    return undefined;
  }

  #append(bytes: Uint8Array, from: number, to: number): void {
    const needed = this.#partialBytes + (to - from);
    if (needed > this.#partial.length) {
      const grown = new Uint8Array(
        Math.min(Math.max(2 * needed, FIRST_BYTES), this.#messageBytesMax),
      );
      grown.set(this.#partial.subarray(0, this.#partialBytes));
      this.#partial = grown;
    }
    this.#partial.set(bytes.subarray(from, to), this.#partialBytes);
    this.#partialBytes = needed;
  }

  #deliver(bytes: Uint8Array, start: number, end: number): Assembly {
    this.#index = (this.#index + 1) >>> 0;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    return Assembly.MESSAGE;
  }

  #fail(code: Code, reason: Reason | 0, message: string): Assembly {
    this.discard();
    this.fault = { code, reason, message };
    return Assembly.FAULT;
  }
}
