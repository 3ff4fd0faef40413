/** JSON text to values and back. Integers that a double cannot hold come through exact, as strings of their digits. */
import { CodecError } from "../codec-error.ts";
import type { JsonValue } from "./json-value.ts";

/** How deep a document may nest; the parser of the runtime has no limit of its own. */
const nestingMax = 192;

export function parseJsonText(text: string): JsonValue {
  checkNesting(text);
  try {
    return JSON.parse(text, /\d{16}/.test(text) ? exactInteger : undefined);
  } catch (error) {
    throw new CodecError(`the text is not JSON: ${error instanceof Error ? error.message : error}`);
  }
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

function checkNesting(text: string): void {
  let depth = 0;
  let isString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isString) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) isString = false;
    } else if (code === 0x22) isString = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > nestingMax) throw new CodecError(`the JSON nests deeper than ${nestingMax}`);
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
}
