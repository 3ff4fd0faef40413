/**
 * Payload codec 1 on one session: what both sides agreed on in the handshake. It compresses whole messages where that makes them
 * smaller, and never inflates beyond a given size.
 */
import { type AssemblyFault, Code, limits, Reason } from "@nexus-bridge/protocol";
import type { LinkOptions, Zlib } from "../link-options.ts";
import { invalidArgument, type NexusError } from "../nexus-error.ts";

/** The codec's number in the class of a frame and in HELLO. */
export const ZLIB = 1;
/** Where the codec stands in the class of a frame. */
export const CODEC_BITS = 7;
/** What compressed requests of a link may take inflated together: a thousandth of it on the wire is enough for that. */
export const REQUEST_BYTES_MAX: number = limits.messageBytes;
/** Smaller messages gain less than they cost. */
const THRESHOLD_BYTES = 1024;

export class Compression {
  readonly #zlib: Zlib;
  readonly #thresholdBytes: number;
  /** What compressed requests that are at work here take inflated, all together. */
  requestBytes = 0;

  constructor(zlib: Zlib, thresholdBytes: number) {
    this.#zlib = zlib;
    this.#thresholdBytes = thresholdBytes;
  }

  /** The first `size` bytes compressed, in memory of their own; undefined where they are better sent as they are. */
  packed(bytes: Uint8Array, size: number): Uint8Array | undefined {
    if (size <= this.#thresholdBytes) return undefined;
    const packed = this.#zlib.deflate(bytes.subarray(0, size));
    return packed.length < size ? packed : undefined;
  }

  /** The message whose compressed bytes lie from `from` to `to`, or what is wrong with them. */
  unpacked(
    bytes: Uint8Array,
    from: number,
    to: number,
    bytesMax: number = limits.messageBytes,
  ): Uint8Array | AssemblyFault {
    try {
      return this.#zlib.inflate(bytes.subarray(from, to), bytesMax) ?? tooLarge(bytesMax);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { code: Code.DATA_LOSS, reason: 0, message: `the payload is not zlib: ${why}` };
    }
  }
}

/** What a link does on a session whose WELCOME lists zlib; undefined where this program has none. */
export function compressionOf({ zlib, compression }: LinkOptions): Compression | undefined {
  if (zlib === undefined) return undefined;
  if (compression === undefined || compression === false)
    return new Compression(zlib, Number.POSITIVE_INFINITY);
  const thresholdBytes = compression === true ? undefined : compression.thresholdBytes;
  return new Compression(zlib, thresholdBytes ?? THRESHOLD_BYTES);
}

/** Throws where the options ask for what cannot be. */
export function checkCompression({ zlib, compression }: LinkOptions): void {
  if (compression === undefined || compression === false) return;
  if (zlib === undefined)
    throw invalidArgument(
      "compression needs the option zlib here: the universal SDK brings none; @nexus-bridge/sdk-node does",
    );
  const thresholdBytes = compression === true ? undefined : compression.thresholdBytes;
  if (thresholdBytes !== undefined && !(Number.isInteger(thresholdBytes) && thresholdBytes >= 0))
    throw invalidArgument(
      `compression.thresholdBytes is ${thresholdBytes}; it must be a whole number of bytes`,
    );
}

/**
 * A request was refused, and another without compression may not be: its server reads none, and the router could not take it
 * off. The same is said of a method that nobody serves.
 */
export const maybeForCompression = ({ code, notExecuted }: NexusError): boolean =>
  code === "UNIMPLEMENTED" && notExecuted;

const tooLarge = (bytesMax: number): AssemblyFault => ({
  code: Code.RESOURCE_EXHAUSTED,
  reason: Reason.TOO_LARGE,
  message: `a compressed message of more than ${bytesMax} bytes`,
});
