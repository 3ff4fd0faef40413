/** Parses options and their values, message literals included; what an option means is the linker's business. */

import type { Cursor } from "./cursor.ts";
import { describe } from "./cursor.ts";
import type { Position } from "./diagnostic.ts";
import { floatLiteral, integerLiteral, stringLiteral } from "./literal.ts";
import type { MemberSyntax, OptionNamePart, OptionSyntax, ValueSyntax } from "./syntax.ts";

/** Behind the word `option`. */
export function parseOptionStatement(cursor: Cursor): OptionSyntax {
  const option = parseOption(cursor);
  cursor.expect(";", "after an option");
  return option;
}

/** `[a = 1, (b).c = 2]` where it stands, else nothing. */
export function parseBracketOptions(cursor: Cursor): readonly OptionSyntax[] {
  const options: OptionSyntax[] = [];
  if (!cursor.accept("[")) return options;
  do options.push(parseOption(cursor));
  while (cursor.accept(","));
  cursor.expect("]", "after the options");
  return options;
}

function parseOption(cursor: Cursor): OptionSyntax {
  const { position } = cursor.token;
  const name: OptionNamePart[] = [];
  do name.push(parseNamePart(cursor));
  while (cursor.accept("."));
  cursor.expect("=", "after an option's name");
  return { position, name, value: parseOptionValue(cursor) };
}

function parseNamePart(cursor: Cursor): OptionNamePart {
  const { position } = cursor.token;
  if (!cursor.accept("(")) {
    return { text: cursor.identifier("an option's name").text, isExtension: false, position };
  }
  const { text } = cursor.qualifiedName("the name of an extension", true);
  cursor.expect(")", "after the name of an extension");
  return { text, isExtension: true, position };
}

function parseOptionValue(cursor: Cursor): ValueSyntax {
  const { position } = cursor.token;
  if (cursor.accept("{")) return parseMessage(cursor, position, "}");
  return parseScalar(cursor);
}

/** A number, name or string, with its sign. */
export function parseScalar(cursor: Cursor): ValueSyntax {
  const { position } = cursor.token;
  const negative = cursor.accept("-");
  const { token } = cursor;
  if (token.kind === "integer") {
    cursor.take();
    const value = integerLiteral(token.text);
    // A double is the only type that knows minus zero.
    if (negative && value === 0n) return { kind: "float", value: -0, position };
    return { kind: "integer", value: negative ? -value : value, position };
  }
  if (token.kind === "float") {
    cursor.take();
    const value = floatLiteral(token.text);
    return { kind: "float", value: negative ? -value : value, position };
  }
  if (token.kind === "identifier") {
    cursor.take();
    return { kind: "identifier", text: token.text, negative, position };
  }
  if (token.kind === "string" && !negative)
    return { kind: "string", bytes: parseString(cursor), position };
  cursor.fail({ message: `expected a value, found ${describe(token)}` });
  return { kind: "identifier", text: "", negative, position };
}

/** One string or several in a row, joined. */
export function parseString(cursor: Cursor): Uint8Array {
  const parts: Uint8Array[] = [];
  if (cursor.token.kind !== "string") cursor.expectKind("string", "a string");
  while (cursor.token.kind === "string") {
    const { text, position } = cursor.take();
    const { bytes, fault } = stringLiteral(text);
    if (fault !== undefined) {
      cursor.problem({
        rule: "invalid-escape",
        position: { line: position.line, column: position.column + fault.offset },
        message: `${fault.message} of a string`,
        help: "write a backslash itself as `\\\\`",
      });
    }
    parts.push(bytes);
  }
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Behind the `{` or `<` of a message literal. */
function parseMessage(cursor: Cursor, position: Position, close: "}" | ">"): ValueSyntax {
  const fields: MemberSyntax[] = [];
  cursor.nested(close === "}" ? "{" : "[", () => {
    while (!cursor.is(close) && !cursor.isEnd) {
      fields.push(parseMember(cursor));
      if (!cursor.accept(",")) cursor.accept(";");
    }
    cursor.expect(close, "at the end of a message literal");
  });
  return { kind: "message", fields, position };
}

function parseMember(cursor: Cursor): MemberSyntax {
  const name = parseMemberName(cursor);
  const isMessage = cursor.is("{") || cursor.is("<");
  if (!isMessage) cursor.expect(":", "after a field's name");
  return { name, value: parseMemberValue(cursor) };
}

function parseMemberName(cursor: Cursor): OptionNamePart {
  const { position } = cursor.token;
  if (!cursor.accept("[")) {
    return { text: cursor.identifier("a field's name").text, isExtension: false, position };
  }
  let { text } = cursor.qualifiedName("the name of an extension", false);
  if (cursor.accept("/")) text += `/${cursor.qualifiedName("the name of a type", false).text}`;
  cursor.expect("]", "after the name of an extension");
  return { text, isExtension: true, position };
}

function parseMemberValue(cursor: Cursor): ValueSyntax {
  const { position } = cursor.token;
  if (cursor.accept("{")) return parseMessage(cursor, position, "}");
  if (cursor.accept("<")) return parseMessage(cursor, position, ">");
  if (!cursor.accept("[")) return parseScalar(cursor);
  const items: ValueSyntax[] = [];
  cursor.nested("[", () => {
    if (!cursor.is("]")) {
      do items.push(parseMemberValue(cursor));
      while (cursor.accept(","));
    }
    cursor.expect("]", "at the end of a list");
  });
  return { kind: "list", items, position };
}
