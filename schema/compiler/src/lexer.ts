/**
 * Cuts text into tokens with positions and the comments before each. It reports what is no token and goes on behind it;
 * it knows no keyword.
 */
import type { Position } from "./diagnostic.ts";
import type { Report } from "./report.ts";
import type { SourceFile } from "./source.ts";

export type TokenKind = "identifier" | "integer" | "float" | "string" | "symbol" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** As written; strings with their quotes. */
  readonly text: string;
  readonly position: Position;
  /** Offset of the first code unit, and the one behind the last. */
  readonly start: number;
  readonly end: number;
  /** Between the token before and this one. */
  readonly comments: readonly Comment[];
}

export interface Comment {
  readonly kind: "line" | "block";
  /** Without the comment marks. */
  readonly text: string;
  readonly line: number;
  /** The line that its last character stands in. */
  readonly endLine: number;
}

interface Lexer {
  readonly file: SourceFile;
  readonly report: Report;
  offset: number;
  line: number;
  lineStart: number;
  comments: Comment[];
}

const noComments: readonly Comment[] = [];

export function tokenize(file: SourceFile, report: Report): readonly Token[] {
  const lexer: Lexer = { file, report, offset: 0, line: 1, lineStart: 0, comments: [] };
  if (file.text.charCodeAt(0) === 0xfeff) {
    lexer.offset = 1;
    lexer.lineStart = 1;
  }
  const tokens: Token[] = [];
  for (;;) {
    skipSpaceAndComments(lexer);
    const token = nextToken(lexer);
    if (token === undefined) continue;
    tokens.push(token);
    if (token.kind === "end") return tokens;
  }
}

function skipSpaceAndComments(lexer: Lexer): void {
  const { text } = lexer.file;
  while (lexer.offset < text.length) {
    const code = text.charCodeAt(lexer.offset);
    if (code === 0x0a) {
      lexer.offset += 1;
      lexer.line += 1;
      lexer.lineStart = lexer.offset;
    } else if (isSpace(code)) {
      lexer.offset += 1;
    } else if (code === 0x2f && text.charCodeAt(lexer.offset + 1) === 0x2f) {
      lineComment(lexer);
    } else if (code === 0x2f && text.charCodeAt(lexer.offset + 1) === 0x2a) {
      blockComment(lexer);
    } else {
      return;
    }
  }
}

function lineComment(lexer: Lexer): void {
  const { text } = lexer.file;
  const lineEnd = text.indexOf("\n", lexer.offset);
  const end = lineEnd === -1 ? text.length : lineEnd;
  const body = text.slice(lexer.offset + 2, end);
  lexer.comments.push({ kind: "line", text: body, line: lexer.line, endLine: lexer.line });
  lexer.offset = end;
}

function blockComment(lexer: Lexer): void {
  const { text } = lexer.file;
  const { line } = lexer;
  const close = text.indexOf("*/", lexer.offset + 2);
  if (close === -1) {
    lexer.report.error(lexer.file.path, {
      rule: "unterminated-comment",
      position: positionOf(lexer, lexer.offset),
      message: "this comment does not end",
      help: "close it with `*/`",
    });
  }
  const bodyEnd = close === -1 ? text.length : close;
  const end = close === -1 ? text.length : close + 2;
  const body = text.slice(Math.min(lexer.offset + 2, bodyEnd), bodyEnd);
  for (let index = text.indexOf("\n", lexer.offset); index !== -1 && index < end; ) {
    lexer.line += 1;
    lexer.lineStart = index + 1;
    index = text.indexOf("\n", index + 1);
  }
  lexer.comments.push({ kind: "block", text: body, line, endLine: lexer.line });
  lexer.offset = end;
}

/** Nothing where the place holds no token; it is reported and behind us then. */
function nextToken(lexer: Lexer): Token | undefined {
  const { text } = lexer.file;
  const start = lexer.offset;
  if (start >= text.length) return take(lexer, "end", start);
  const code = text.charCodeAt(start);
  if (isLetter(code)) return take(lexer, "identifier", wordEnd(text, start));
  if (isDigit(code) || (code === 0x2e && isDigit(text.charCodeAt(start + 1)))) {
    return number(lexer);
  }
  if (code === 0x22 || code === 0x27) return string(lexer, code);
  if (code > 0x20 && code < 0x7f) return take(lexer, "symbol", start + 1);
  const character = text.codePointAt(start) ?? code;
  lexer.report.error(lexer.file.path, {
    rule: "invalid-character",
    position: positionOf(lexer, start),
    message: `the character U+${character.toString(16).toUpperCase().padStart(4, "0")} has no meaning here`,
    help: "outside comments and strings a schema is plain ASCII",
  });
  lexer.offset += character > 0xffff ? 2 : 1;
  return undefined;
}

function number(lexer: Lexer): Token {
  const { text } = lexer.file;
  const start = lexer.offset;
  let end = start;
  let previous = 0;
  // Everything that could be glued to a number is taken, so that `1abc` is one fault and not two tokens.
  for (;;) {
    const code = text.charCodeAt(end);
    const isSign = (code === 0x2b || code === 0x2d) && isExponent(text, start, previous);
    if (!(isWord(code) || code === 0x2e || isSign)) break;
    previous = code;
    end += 1;
  }
  const word = text.slice(start, end);
  if (/^(0|[1-9][0-9]*|0[0-7]+|0[xX][0-9a-fA-F]+)$/.test(word)) return take(lexer, "integer", end);
  if (
    !/^([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[fF]?$/.test(word) ||
    /^0[0-9]+$/.test(word)
  ) {
    lexer.report.error(lexer.file.path, {
      rule: "invalid-number",
      position: positionOf(lexer, start),
      message: `\`${word.slice(0, 40)}\` is not a number`,
      help: /^0[0-9]+$/.test(word) ? "a leading zero means octal: digits 0 to 7" : undefined,
    });
    return take(lexer, "integer", end);
  }
  return take(lexer, "float", end);
}

function isExponent(text: string, start: number, previous: number): boolean {
  if (previous !== 0x65 && previous !== 0x45) return false;
  const second = text.charCodeAt(start + 1);
  return second !== 0x78 && second !== 0x58;
}

function string(lexer: Lexer, quote: number): Token {
  const { text } = lexer.file;
  let end = lexer.offset + 1;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (code === 0x0a) break;
    if (code === quote) return take(lexer, "string", end + 1);
    end += code === 0x5c && end + 1 < text.length && text.charCodeAt(end + 1) !== 0x0a ? 2 : 1;
  }
  lexer.report.error(lexer.file.path, {
    rule: "unterminated-string",
    position: positionOf(lexer, lexer.offset),
    message: "this string does not end in its line",
    help: `close it with ${String.fromCharCode(quote)}; several strings in a row are joined`,
  });
  return take(lexer, "string", end);
}

function take(lexer: Lexer, kind: TokenKind, end: number): Token {
  const start = lexer.offset;
  const comments = lexer.comments.length === 0 ? noComments : lexer.comments;
  const position = positionOf(lexer, start);
  lexer.offset = end;
  lexer.comments = [];
  return { kind, text: lexer.file.text.slice(start, end), position, start, end, comments };
}

function positionOf(lexer: Lexer, offset: number): Position {
  return { line: lexer.line, column: offset - lexer.lineStart + 1 };
}

function wordEnd(text: string, start: number): number {
  let end = start + 1;
  while (isWord(text.charCodeAt(end))) end += 1;
  return end;
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f;
}

function isWord(code: number): boolean {
  return isLetter(code) || isDigit(code);
}
