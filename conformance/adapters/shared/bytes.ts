/** Bytes in orders and answers: base64, or a generated sequence where they are large. CONTRACT.md says how it goes. */
import { crc32 } from "node:zlib";
import { BadOrder, recordOf } from "./host.ts";

const BLOCK = 251;
const TOLD_MAX = 1024;
const HEAD = 16;

/** `size` bytes that follow from `seed` alone. */
export function sequence(size: number, seed: number): Uint8Array {
  const block = Buffer.from(
    Array.from({ length: Math.min(size, BLOCK) }, (_, at) => (seed + at * 7) & 255),
  );
  return new Uint8Array(Buffer.alloc(size, block));
}

export function bytesFrom(value: unknown): Uint8Array {
  if (value === undefined) return new Uint8Array(0);
  if (typeof value === "string") return new Uint8Array(Buffer.from(value, "base64"));
  const { $gen } = recordOf(value);
  const { size, seed } = recordOf($gen);
  if (typeof size !== "number" || typeof seed !== "number")
    throw new BadOrder("bytes are base64 or {$gen:{size,seed}}");
  return sequence(size, seed);
}

export function bytesTold(bytes: Uint8Array): unknown {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length <= TOLD_MAX) return buffer.toString("base64");
  const head = buffer.subarray(0, HEAD).toString("base64");
  return { length: bytes.length, crc32: crc32(bytes), head };
}
