/**
 * UTF-8 both ways, checked: bytes that are no UTF-8 and strings with half a surrogate pair are errors. Short ASCII, which
 * is what most strings are, never leaves JavaScript.
 */
import { CodecError } from "./codec-error.ts";

/** Up to so many bytes a string is made without a decoder's fixed cost. */
const shortMax = 24;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

export function decodeUtf8(bytes: Uint8Array, start: number, length: number): string {
  if (length <= shortMax) {
    const text = shortAscii(bytes, start, length);
    if (text !== undefined) return text;
  }
  try {
    return strict.decode(bytes.subarray(start, start + length));
  } catch {
    throw new CodecError("a string is not UTF-8");
  }
}

export function decodeUtf8Leniently(bytes: Uint8Array, start: number, length: number): string {
  return lenient.decode(bytes.subarray(start, start + length));
}

/** Exact arity: V8 makes such a call without an arguments array. Undefined where a byte is not ASCII. */
function shortAscii(bytes: Uint8Array, start: number, length: number): string | undefined {
  let text = "";
  let position = start;
  let left = length;
  while (left >= 8) {
    const a = bytes[position] as number;
    const b = bytes[position + 1] as number;
    const c = bytes[position + 2] as number;
    const d = bytes[position + 3] as number;
    const e = bytes[position + 4] as number;
    const f = bytes[position + 5] as number;
    const g = bytes[position + 6] as number;
    const h = bytes[position + 7] as number;
    if ((a | b | c | d | e | f | g | h) > 127) return undefined;
    if (left === 8 && text === "") return String.fromCharCode(a, b, c, d, e, f, g, h);
    text += String.fromCharCode(a, b, c, d, e, f, g, h);
    position += 8;
    left -= 8;
  }
  if (left >= 4) {
    const a = bytes[position] as number;
    const b = bytes[position + 1] as number;
    const c = bytes[position + 2] as number;
    const d = bytes[position + 3] as number;
    if ((a | b | c | d) > 127) return undefined;
    text += String.fromCharCode(a, b, c, d);
    position += 4;
    left -= 4;
  }
  const a = left > 0 ? (bytes[position] as number) : 0;
  const b = left > 1 ? (bytes[position + 1] as number) : 0;
  const c = left > 2 ? (bytes[position + 2] as number) : 0;
  if ((a | b | c) > 127) return undefined;
  if (left === 0) return text;
  if (left === 1) return text + String.fromCharCode(a);
  return text + (left === 2 ? String.fromCharCode(a, b) : String.fromCharCode(a, b, c));
}
