/** Text from a schema as source text that cannot be anything else: string literals, property keys and comments. */

/** Whatever ends a line in some language. */
const lineEnds = /\r\n|[\n\r\u0085\u2028\u2029\v\f]/;
/** First and last code of control characters, and of those that change the direction of text or cannot be seen. */
const hidden = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0x061c, 0x061c],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x2069],
  [0xfeff, 0xfeff],
] as const;

function isHidden(character: string): boolean {
  const code = character.charCodeAt(0);
  return hidden.some(([first, last]) => code >= first && code <= last);
}

/** In double quotes, with everything escaped that could end a line or not be seen. */
export function stringLiteral(text: string): string {
  const spell = (character: string): string =>
    isHidden(character) ? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}` : character;
  return [...JSON.stringify(text)].map(spell).join("");
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

/** The lines of a comment, safe between comment marks and no tags of ours; empty lines at both ends are dropped. */
export function commentLines(lines: readonly string[]): readonly string[] {
  const safe = lines
    .flatMap((text) => text.split(lineEnds))
    .map((text) =>
      withoutHidden(text)
        .replaceAll("*/", "*\\/")
        .replace(/^(\s*)@/, "$1\\@")
        .trimEnd(),
    );
  const first = safe.findIndex((text) => text !== "");
  const last = safe.findLastIndex((text) => text !== "");
  return first < 0 ? [] : safe.slice(first, last + 1);
}

function withoutHidden(text: string): string {
  return [...text.replaceAll("\t", " ")].filter((character) => !isHidden(character)).join("");
}
