/** Parses the numbers of fields, values and ranges; whether one is in range is for the check to say. */
import { type Cursor, describe } from "./cursor.ts";
import { integerLiteral } from "./literal.ts";
import type { FieldSyntax } from "./syntax.ts";

/** A field's or an enum value's number. */
export function parseNumber(cursor: Cursor, isSigned: boolean): FieldSyntax["number"] {
  const { position } = cursor.token;
  const negative = isSigned && cursor.accept("-");
  if (cursor.token.kind !== "integer") {
    cursor.fail({ message: `expected a number, found ${describe(cursor.token)}` });
    return { value: 0n, position };
  }
  const value = integerLiteral(cursor.take().text);
  return { value: negative ? -value : value, position };
}
