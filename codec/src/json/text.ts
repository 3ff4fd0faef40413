/** JSON text to values and back. Integers that a double cannot hold come through exact, as strings of their digits. */
import { CodecError } from "../codec-error.ts";
import type { JsonValue } from "./json-value.ts";

/** How deep a document may nest; the parser of the runtime has no limit of its own. */
const nestingMax = 192;

/** A name that an object has twice is refused: the runtime's parser would let the last one win in silence. */
export function parseJsonText(text: string): JsonValue {
  const names = countNames(text);
  let value: JsonValue;
  try {
    value = JSON.parse(text, /\d{16}/.test(text) ? exactInteger : undefined);
  } catch (error) {
    throw new CodecError(`the text is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (names !== namesIn(value)) throw new CodecError("an object of the JSON has a name twice");
  return value;
}

/** The names of all objects in `value`. */
function namesIn(value: unknown): number {
  if (value === null || typeof value !== "object" || value instanceof ExactInteger) return 0;
  let names = 0;
  if (Array.isArray(value)) {
    for (const item of value) names += namesIn(item);
    return names;
  }
  for (const item of Object.values(value)) names += 1 + namesIn(item);
  return names;
}

function exactInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && /^-?\d{16,20}$/.test(source) ? new ExactInteger(source) : value;
}

/** A number of the text that is no safe integer: fields of 64 bits take it exactly, all others as the nearest double. */
export class ExactInteger {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** The names of all objects in `text`, each of which a colon follows; refuses what nests too deep. */
function countNames(text: string): number {
  let names = 0;
  let depth = 0;
  let isString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isString) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) isString = false;
    } else if (code === 0x22) isString = true;
    else if (code === 0x3a) names += 1;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > nestingMax) throw new CodecError(`the JSON nests deeper than ${nestingMax}`);
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return names;
}
