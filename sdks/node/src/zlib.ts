/** Node's zlib as a link uses it: at once, bounded while it inflates, and nothing may stand behind the stream. */
import { deflateSync, inflateSync } from "node:zlib";
import type { Zlib } from "@nexus-bridge/sdk";

const TOO_LARGE = "ERR_BUFFER_TOO_LARGE";

interface Inflated {
  readonly buffer: Uint8Array;
  /** How far the input was read. */
  readonly engine: { readonly bytesWritten: number };
}

export const nodeZlib: Zlib = {
  deflate: (bytes) => deflateSync(bytes),
  inflate(bytes, bytesMax) {
    // A limit of 0 is none there.
    const options = { maxOutputLength: Math.max(1, bytesMax), info: true };
    let inflated: Inflated;
    try {
      inflated = inflateSync(bytes, options) as unknown as Inflated;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === TOO_LARGE) return undefined;
      throw error;
    }
    const behind = bytes.length - inflated.engine.bytesWritten;
    if (behind !== 0) throw new Error(`${behind} bytes stand behind the end of the stream`);
    const { buffer, byteOffset, length } = inflated.buffer;
    // A plain array: slices of Node's own are no copies.
    return length > bytesMax ? undefined : new Uint8Array(buffer, byteOffset, length);
  },
};
