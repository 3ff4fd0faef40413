/** Reads the value of a literal: escapes of a string to bytes, digits to an exact integer or a double. */
import { utf8Bytes } from "./utf8.ts";

export interface StringLiteral {
  readonly bytes: Uint8Array;
  /** Set where an escape is wrong: its offset in the token and what is wrong. */
  readonly fault?: { readonly offset: number; readonly message: string };
}

const simpleEscapes: ReadonlyMap<string, number> = new Map([
  ["a", 7],
  ["b", 8],
  ["f", 12],
  ["n", 10],
  ["r", 13],
  ["t", 9],
  ["v", 11],
  ["\\", 92],
  ["?", 63],
  ["'", 39],
  ['"', 34],
]);

/** `text` is the token with its quotes. A string is bytes until its field's type is known. */
export function stringLiteral(text: string): StringLiteral {
  const quote = text[0];
  const end = text.length > 1 && text.endsWith(quote ?? "") ? text.length - 1 : text.length;
  const bytes: number[] = [];
  let index = 1;
  let plain = index;
  const flush = (): void => {
    if (index > plain) for (const byte of utf8Bytes(text.slice(plain, index))) bytes.push(byte);
  };
  while (index < end) {
    if (text[index] !== "\\") {
      index += 1;
      continue;
    }
    flush();
    const sequence = readEscape(text, index + 1, end);
    if (sequence === undefined) {
      return {
        bytes: new Uint8Array(0),
        fault: { offset: index, message: `\`${text.slice(index, index + 2)}\` is not an escape` },
      };
    }
    for (const byte of sequence.bytes) bytes.push(byte);
    index = sequence.next;
    plain = index;
  }
  flush();
  return { bytes: Uint8Array.from(bytes) };
}

function readEscape(
  text: string,
  start: number,
  end: number,
): { readonly bytes: Iterable<number>; readonly next: number } | undefined {
  const letter = text[start] ?? "";
  const simple = simpleEscapes.get(letter);
  if (simple !== undefined) return { bytes: [simple], next: start + 1 };
  const rest = text.slice(start, Math.min(end, start + 9));
  const octal = /^[0-7]{1,3}/.exec(rest)?.[0];
  if (octal !== undefined) {
    const value = Number.parseInt(octal, 8);
    return value > 255 ? undefined : { bytes: [value], next: start + octal.length };
  }
  const hex = /^[xX]([0-9a-fA-F]{1,2})/.exec(rest);
  if (hex !== null)
    return { bytes: [Number.parseInt(hex[1] ?? "", 16)], next: start + hex[0].length };
  const unicode = /^(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(rest);
  if (unicode === null) return undefined;
  const code = Number.parseInt(unicode[1] ?? unicode[2] ?? "", 16);
  const next = start + unicode[0].length;
  if (code >= 0xd800 && code <= 0xdbff && unicode[1] !== undefined) {
    const low = /^\\u([dD][c-fC-F][0-9a-fA-F]{2})/.exec(text.slice(next, Math.min(end, next + 6)));
    if (low !== null) {
      const point =
        0x10000 + ((code - 0xd800) << 10) + (Number.parseInt(low[1] ?? "", 16) - 0xdc00);
      return { bytes: utf8Bytes(String.fromCodePoint(point)), next: next + 6 };
    }
  }
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  return { bytes: utf8Bytes(String.fromCodePoint(code)), next };
}

/** Longer literals are far out of every range; BigInt would only burn time on them. */
const integerDigitsMax = 64;

/** Exact; decimal, octal or hexadecimal. Out of every range where the literal is absurdly long. */
export function integerLiteral(text: string): bigint {
  if (text.length > integerDigitsMax) return 1n << 200n;
  if (/^0[0-7]+$/.test(text)) return BigInt(`0o${text.slice(1)}`);
  return /^(0[xX][0-9a-fA-F]+|[0-9]+)$/.test(text) ? BigInt(text) : 0n;
}

export function floatLiteral(text: string): number {
  return Number(text.replace(/[fF]$/, ""));
}
