/** UTF-8 in place: lengths without encoding, short ASCII without a call into the host. Invalid UTF-8 is never repaired. */

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ASCII_CHARACTERS_MAX = 48;

/** How many bytes `text` takes; a lone surrogate counts as the U+FFFD it becomes. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else {
      bytes += 2;
      const paired = unit >= 0xd800 && unit < 0xdc00 && isLow(text.charCodeAt(at + 1));
      // A pair takes four bytes: two units counted, two added.
      if (paired) at++;
    }
  }
  return bytes;
}

const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

/** Writes `text` at `offset`; the offset behind it. The space must be there (see {@link utf8Bytes}). */
export function writeUtf8(bytes: Uint8Array, offset: number, text: string): number {
  if (text.length <= ASCII_CHARACTERS_MAX) {
    let at = 0;
    for (; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit >= 0x80) break;
      bytes[offset + at] = unit;
    }
    if (at === text.length) return offset + at;
  }
  return offset + encoder.encodeInto(text, bytes.subarray(offset)).written;
}

/** The text from `start` to `end`, or undefined where the bytes are not UTF-8. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start <= ASCII_CHARACTERS_MAX) {
    let text = "";
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    if (at === end) return text;
  }
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}

/** Whether the bytes from `start` to `end` are UTF-8; nothing is made of them. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    const lead = bytes[at++] as number;
    if (lead < 0x80) continue;
    const more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || at + more > end) return false;
    // Too long for what they say, surrogates, and what is above U+10FFFF show in the second byte.
    const second = bytes[at] as number;
    if (lead === 0xe0 && second < 0xa0) return false;
    if (lead === 0xed && second > 0x9f) return false;
    if (lead === 0xf0 && second < 0x90) return false;
    if (lead === 0xf4 && second > 0x8f) return false;
    for (let rest = more; rest > 0; rest--) {
      if (((bytes[at++] as number) & 0xc0) !== 0x80) return false;
    }
  }
  return true;
}
