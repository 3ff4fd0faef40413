/**
 * What the value of a meta field may be, judged in place: who only forwards a block makes nothing of it, and says of it what its
 * reader would say.
 */
import { limits } from "./gen/limits.ts";
import {
  IDEMPOTENCY_KEY_BYTES_MAX,
  type MetaFault,
  metaMalformed,
  ORDERING_KEY_BYTES_MAX,
  Tag,
} from "./meta.ts";
import { isUtf8 } from "./text.ts";

/** By tag; 0 where any size will do. */
const exactBytes = new Uint8Array(128);
const bytesMax = new Uint8Array(128);
const isText = new Uint8Array(128);
for (const [tag, size] of [
  [Tag.TRACE, 25],
  [Tag.PRODUCER, 28],
  [Tag.POSITION, 12],
  [Tag.TTL, 4],
  [Tag.FINGERPRINT, 8],
  [Tag.ATTEMPT, 1],
  [Tag.INITIAL_CREDIT, 8],
  [Tag.INGRESS_TIME, 8],
  [Tag.ORIGIN, 8],
] as const) {
  exactBytes[tag] = size;
}
bytesMax[Tag.NAME] = limits.nameBytes;
bytesMax[Tag.ORDERING_KEY] = ORDERING_KEY_BYTES_MAX;
bytesMax[Tag.IDEMPOTENCY_KEY] = IDEMPOTENCY_KEY_BYTES_MAX;
for (const tag of [
  Tag.NAME,
  Tag.TRACESTATE,
  Tag.PRINCIPAL,
  Tag.DEAD_LETTER_REASON,
  Tag.CORRELATION_ID,
  Tag.CONTENT_TYPE,
]) {
  isText[tag] = 1;
}

/** Which bytes a user key is made of. */
const isKeyByte = new Uint8Array(256);
for (const character of "abcdefghijklmnopqrstuvwxyz0123456789._-") {
  isKeyByte[character.charCodeAt(0)] = 1;
}
const BINARY_SUFFIX = [0x2d, 0x62, 0x69, 0x6e] as const;

/** The fault of a value of `size` bytes, whatever they are. `tag` is without the critical bit. */
export function sizeFault(tag: number, size: number): MetaFault | undefined {
  const exact = exactBytes[tag] as number;
  if (exact !== 0 && size !== exact)
    return metaMalformed(`tag ${hex(tag)} has ${size} bytes instead of ${exact}`);
  const most = bytesMax[tag] as number;
  return most !== 0 && size > most ? tooLarge(tag) : undefined;
}

/** The fault of the value from `from` to `to`. */
export function valueFault(
  bytes: Uint8Array,
  tag: number,
  from: number,
  to: number,
): MetaFault | undefined {
  const size = sizeFault(tag, to - from);
  if (size !== undefined) return size;
  if (tag === Tag.USER) return userFault(bytes, from, to);
  if (isText[tag] === 1 && !isUtf8(bytes, from, to))
    return metaMalformed(`tag ${hex(tag)} is not UTF-8`);
  return undefined;
}

function userFault(bytes: Uint8Array, from: number, to: number): MetaFault | undefined {
  const keyStart = from + 1;
  const keyEnd = keyStart + (bytes[from] as number);
  if (from === to || keyEnd > to) return metaMalformed("a user pair is cut off");
  if (keyEnd === keyStart) return badKey();
  for (let at = keyStart; at < keyEnd; at++) {
    if (isKeyByte[bytes[at] as number] !== 1) return badKey();
  }
  if (endsBinary(bytes, keyStart, keyEnd) || isUtf8(bytes, keyEnd, to)) return undefined;
  return metaMalformed("the value of a user key is not UTF-8");
}

function endsBinary(bytes: Uint8Array, start: number, end: number): boolean {
  const at = end - BINARY_SUFFIX.length;
  return at >= start && BINARY_SUFFIX.every((byte, offset) => bytes[at + offset] === byte);
}

const badKey = (): MetaFault => metaMalformed("a user key must match [a-z0-9._-]{1,255}");
export const tooLarge = (tag: number): MetaFault =>
  metaMalformed(`the value of tag ${hex(tag)} is too large`);
const hex = (tag: number): string => tag.toString(16).padStart(2, "0");
