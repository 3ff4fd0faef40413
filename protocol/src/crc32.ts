/**
 * CRC-32/IEEE (zlib's), slice-by-8 in plain JavaScript, with a straight-line form for the 28 bytes of a header. A host may
 * hand in a faster implementation for long ranges; this room knows none itself.
 */

/** Below this many bytes the call into a native implementation costs more than it saves. */
const NATIVE_BYTES_MIN = 160;
const TABLES = 8;

/** `zlib.crc32`'s shape: the CRC of `bytes`, continued from `seed`. */
export type NativeCrc = (bytes: Uint8Array, seed: number) => number;

const table = buildTable();
let native: NativeCrc | undefined;

function buildTable(): Int32Array {
  const built = new Int32Array(256 * TABLES);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    built[byte] = crc;
  }
  for (let at = 256; at < built.length; at++) {
    const before = built[at - 256] as number;
    built[at] = (before >>> 8) ^ (built[before & 255] as number);
  }
  return built;
}

/** Hands in a faster implementation for long ranges; a Node package passes `zlib.crc32`. */
export function useNativeCrc(crc: NativeCrc | undefined): void {
  native = crc;
}

/** The CRC of bytes `start` to `end`, unsigned; `seed` is the CRC of what came before. */
export function crc32(bytes: Uint8Array, start = 0, end: number = bytes.length, seed = 0): number {
  if (native !== undefined && end - start >= NATIVE_BYTES_MIN)
    return native(bytes.subarray(start, end), seed);
  const t = table;
  let crc = ~seed;
  let at = start;
  for (; at + 8 <= end; at += 8) crc = eight(bytes, at, crc);
  for (; at < end; at++) crc = (crc >>> 8) ^ (t[(crc ^ (bytes[at] as number)) & 255] as number);
  return ~crc >>> 0;
}

/** The CRC of the 28 bytes of a header before its own CRC. */
export function headerCrc(bytes: Uint8Array, offset: number): number {
  const t = table;
  let crc = eight(bytes, offset, -1);
  crc = eight(bytes, offset + 8, crc);
  crc = eight(bytes, offset + 16, crc);
  const last = crc ^ word(bytes, offset + 24);
  crc =
    (t[768 + (last & 255)] as number) ^
    (t[512 + ((last >>> 8) & 255)] as number) ^
    (t[256 + ((last >>> 16) & 255)] as number) ^
    (t[last >>> 24] as number);
  return ~crc >>> 0;
}

/** Little-endian, as a reflected CRC consumes bytes. */
function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function eight(bytes: Uint8Array, at: number, crc: number): number {
  const t = table;
  const low = crc ^ word(bytes, at);
  return (
    (t[1792 + (low & 255)] as number) ^
    (t[1536 + ((low >>> 8) & 255)] as number) ^
    (t[1280 + ((low >>> 16) & 255)] as number) ^
    (t[1024 + (low >>> 24)] as number) ^
    (t[768 + (bytes[at + 4] as number)] as number) ^
    (t[512 + (bytes[at + 5] as number)] as number) ^
    (t[256 + (bytes[at + 6] as number)] as number) ^
    (t[bytes[at + 7] as number] as number)
  );
}
