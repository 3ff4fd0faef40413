/** Text from a schema as source text that cannot be anything else: string literals, property keys and comments. */

/** Characters that end a line somewhere, and those that change how text reads. */
const lineEnds = /\r\n|[\n\r\u0085\u2028\u2029\v\f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is dropped.
const dropped = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** In double quotes, with everything beyond printable ASCII escaped where it could end a line or the file. */
export function stringLiteral(text: string): string {
  return JSON.stringify(text).replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped.
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export function isIdentifier(name: string): boolean {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name);
}

/** A key of an object literal: `__proto__` in any other form would set the prototype. */
export function propertyKey(name: string): string {
  if (name === "__proto__") return '["__proto__"]';
  return isIdentifier(name) ? name : stringLiteral(name);
}

/** `json.name`, or `json["na-me"]`. */
export function member(object: string, name: string): string {
  return isIdentifier(name) ? `${object}.${name}` : `${object}[${stringLiteral(name)}]`;
}

/** The lines of a comment, safe between comment marks; empty lines at both ends are dropped. */
export function commentLines(lines: readonly string[]): readonly string[] {
  const safe = lines
    .flatMap((text) => text.split(lineEnds))
    .map((text) => text.replace(dropped, "").replaceAll("*/", "*\\/").replaceAll("\t", " ").trimEnd());
  const first = safe.findIndex((text) => text !== "");
  const last = safe.findLastIndex((text) => text !== "");
  return first < 0 ? [] : safe.slice(first, last + 1);
}
