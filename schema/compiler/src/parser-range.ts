/** Parses `reserved` and `extensions`: ranges of numbers and lists of names. */
import { type Cursor, describe } from "./cursor.ts";
import { parseNumber } from "./parser-number.ts";
import { parseBracketOptions, parseString } from "./parser-option.ts";
import type { RangeSyntax, ReservedName } from "./syntax.ts";
import { utf8Text } from "./utf8.ts";

export interface Reserved {
  readonly reservedRanges: RangeSyntax[];
  readonly reservedNames: ReservedName[];
}

/** At the word `reserved`. */
export function parseReserved(cursor: Cursor, into: Reserved, isSigned: boolean): void {
  cursor.take();
  const { token } = cursor;
  if (token.kind === "string" || token.kind === "identifier") {
    do {
      const name = parseReservedName(cursor);
      if (!cursor.isLost) into.reservedNames.push(name);
    } while (cursor.accept(","));
  } else if (token.kind === "integer" || (isSigned && token.text === "-")) {
    do {
      const range = parseRange(cursor, isSigned);
      if (!cursor.isLost) into.reservedRanges.push(range);
    } while (cursor.accept(","));
  } else
    cursor.fail({ message: `expected a number or a name in quotes, found ${describe(token)}` });
  cursor.expect(";", "after `reserved`");
}

function parseReservedName(cursor: Cursor): ReservedName {
  const { token } = cursor;
  if (token.kind === "identifier") {
    return { ...cursor.identifier("a name"), isQuoted: false };
  }
  const text = utf8Text(parseString(cursor)) ?? "";
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && !cursor.isLost) {
    cursor.problem({
      rule: "reserved-name",
      position: token.position,
      message: `\`${text}\` is no name and cannot be reserved`,
    });
  }
  return { text, position: token.position, isQuoted: true };
}

/** At the word `extensions`. */
export function parseExtensionRanges(cursor: Cursor): readonly RangeSyntax[] {
  cursor.take();
  const ranges: RangeSyntax[] = [];
  do ranges.push(parseRange(cursor, false));
  while (cursor.accept(","));
  const options = parseBracketOptions(cursor);
  cursor.expect(";", "after `extensions`");
  return ranges.map((range) => ({ ...range, options }));
}

function parseRange(cursor: Cursor, isSigned: boolean): RangeSyntax {
  const { value: first, position } = parseNumber(cursor, isSigned);
  if (!cursor.accept("to")) return { first, last: first, position, options: [] };
  if (cursor.accept("max")) return { first, position, options: [] };
  return { first, last: parseNumber(cursor, isSigned).value, position, options: [] };
}
