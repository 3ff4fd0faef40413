/** Zlib for this package's own tests, which run in Node without its types; programs have that of their host. */
import type { Zlib } from "../link-options.ts";

interface NodeZlib {
  deflateSync(bytes: Uint8Array): Uint8Array;
  inflateSync(bytes: Uint8Array, options: { maxOutputLength: number }): Uint8Array;
}
declare const process: { getBuiltinModule(name: "node:zlib"): NodeZlib };

const { deflateSync, inflateSync } = process.getBuiltinModule("node:zlib");

export const zlib: Zlib = {
  deflate: (bytes) => new Uint8Array(deflateSync(bytes)),
  inflate(bytes, bytesMax) {
    try {
      return new Uint8Array(inflateSync(bytes, { maxOutputLength: Math.max(1, bytesMax) }));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE")
        return undefined;
      throw error;
    }
  },
};

/** One zlib stream of `size` zeros, a thousandth as long. */
export const bomb = (size: number): Uint8Array => zlib.deflate(new Uint8Array(size));
