/** Parses enums. */
import type { Cursor } from "./cursor.ts";
import { addOption, parseBlock } from "./parser-block.ts";
import { parseNumber } from "./parser-number.ts";
import { parseBracketOptions } from "./parser-option.ts";
import { parseReserved } from "./parser-range.ts";
import type {
  EnumSyntax,
  EnumValueSyntax,
  OptionSyntax,
  RangeSyntax,
  ReservedName,
} from "./syntax.ts";

/** At the word `enum`. */
export function parseEnum(cursor: Cursor): EnumSyntax {
  const first = cursor.mark();
  cursor.take();
  const name = cursor.identifier("an enum's name");
  const values: EnumValueSyntax[] = [];
  const options: OptionSyntax[] = [];
  const reservedRanges: RangeSyntax[] = [];
  const reservedNames: ReservedName[] = [];
  cursor.expect("{", "after an enum's name");
  const comments = cursor.comments(first);
  parseBlock(cursor, () => {
    const isValue = cursor.following.text === "=";
    if (cursor.is("option") && !isValue) {
      cursor.take();
      addOption(cursor, options);
    } else if (cursor.is("reserved") && !isValue) {
      parseReserved(cursor, { reservedRanges, reservedNames }, true);
    } else {
      const value = parseValue(cursor);
      if (!cursor.isLost) values.push(value);
    }
  });
  const { position } = first.token;
  return { kind: "enum", name, position, comments, values, reservedRanges, reservedNames, options };
}

function parseValue(cursor: Cursor): EnumValueSyntax {
  const first = cursor.mark();
  const name = cursor.identifier("the name of an enum value");
  cursor.expect("=", "and a number after the name of an enum value");
  const number = parseNumber(cursor, true);
  const options = parseBracketOptions(cursor);
  cursor.expect(";", "after an enum value");
  const comments = cursor.comments(first);
  return { kind: "enum_value", name, position: first.token.position, comments, number, options };
}
