/**
 * Text that comes from a schema, made harmless in Python source: documentation inside triple quotes, names in comments,
 * string and bytes literals. No line of a schema leaves the place it was put in.
 */
import type { Docs } from "@nexus-bridge/schema";

const lineEnds = /\r\n|[\n\r\u0085\u2028\u2029\v\f]/;
/** Inclusive ranges: control characters but tab, and characters that change the direction in which text is shown. */
const hidden = [
  [0x00, 0x08],
  [0x0e, 0x1f],
  [0x7f, 0x9f],
  [0x61c, 0x61c],
  [0x200e, 0x200f],
  [0x202a, 0x202e],
  [0x2066, 0x2069],
  [0xfeff, 0xfeff],
] as const;

function withoutHidden(text: string): string {
  return [...text].filter((character) => !isHidden(character.codePointAt(0) ?? 0)).join("");
}

function isHidden(code: number): boolean {
  return hidden.some(([first, last]) => code >= first && code <= last);
}

function cleanLine(line: string): string {
  return withoutHidden(line)
    .replace(/\t/g, "    ")
    .replace(/\\/g, "\\\\")
    .replace(/"""/g, '\\"\\"\\"')
    .trimEnd();
}

/** Lines of a docstring's inside, maybe none; lone surrogates become U+FFFD. */
export function docLines(docs: Docs, ...notes: readonly string[]): string[] {
  const paragraphs = [docs.leading, docs.trailing, notes]
    .map((lines) =>
      trimBlank(lines.flatMap((line) => line.toWellFormed().split(lineEnds)).map(cleanLine)),
    )
    .filter((lines) => lines.length > 0);
  return paragraphs.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

function trimBlank(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line.trim() !== "");
  if (first < 0) return [];
  const last = lines.findLastIndex((line) => line.trim() !== "");
  return lines.slice(first, last + 1);
}

/** A docstring as ruff leaves it, without indentation; the lines after the first keep theirs. */
export function docstring(lines: readonly string[]): readonly string[] {
  const [first = "", ...rest] = lines;
  const opening = first.trim().startsWith('"') ? `""" ${first.trim()}` : `"""${first.trim()}`;
  if (rest.length === 0) return [`${opening}${first.endsWith('"') ? " " : ""}"""`];
  const indent = Math.min(...rest.filter((line) => line !== "").map((line) => line.search(/\S/)));
  return [opening, ...rest.map((line) => line.slice(indent)), '"""'];
}

/** A path or name on a comment's line. */
export function commentText(text: string): string {
  return withoutHidden(text.toWellFormed().split(lineEnds).join(" "));
}

export function stringLiteral(text: string): string {
  let body = "";
  for (const character of text.toWellFormed()) body += escapeCharacter(character);
  return `"${body}"`;
}

function escapeCharacter(character: string): string {
  if (character === '"' || character === "\\") return `\\${character}`;
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) return character;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}

export function bytesLiteral(bytes: readonly number[]): string {
  return `b"${bytes.map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`;
}
