/**
 * Counts the fields of a protobuf payload before it is decoded: a field of two bytes becomes an object of a hundred. It knows no
 * schema, takes for a message whatever reads like one, and so may count too many of a text, never too few.
 */

/** Messages inside messages that are looked into; control payloads have no more. */
const DEPTH_MAX = 4;

/** Whether `bytes` have at most `max` fields, with those inside their fields. */
export function hasFieldsAtMost(bytes: Uint8Array, max: number): boolean {
  // A field has two bytes at least, but for the two ends of a group, of one byte each.
  if (bytes.length <= max) return true;
  return count(bytes, { at: 0, end: bytes.length, left: max }, 1) >= 0;
}

interface Part {
  readonly at: number;
  readonly end: number;
  /** Fields that it may have. */
  readonly left: number;
}

/** How many fields are left after `part`; below zero when it has too many. What is no message ends the count. */
function count(bytes: Uint8Array, part: Part, depth: number): number {
  const { end } = part;
  let { at, left } = part;
  while (at < end && left >= 0) {
    const wireType = (bytes[at] as number) & 7;
    at = afterVarint(bytes, at, end);
    left--;
    if (wireType === 0) at = afterVarint(bytes, at, end);
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else if (wireType === 2) {
      const size = varint(bytes, at, end);
      at = afterVarint(bytes, at, end);
      if (size > end - at) return left;
      if (depth < DEPTH_MAX) left = count(bytes, { at, end: at + size, left }, depth + 1);
      at += size;
    } else if (wireType > 5) return left;
  }
  return left;
}

function afterVarint(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && (bytes[at] as number) >= 0x80) at++;
  return at + 1;
}

function varint(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let scale = 1; at < end; at++, scale *= 128) {
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  return Number.POSITIVE_INFINITY;
}
