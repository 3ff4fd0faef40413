/** Parses fields: plain ones, maps, groups and members of oneofs. */
import type { Cursor, Mark } from "./cursor.ts";
import { describe } from "./cursor.ts";
import { integerLiteral } from "./literal.ts";
import { parseMessageBody } from "./parser-message.ts";
import { parseBracketOptions } from "./parser-option.ts";
import type { FieldSyntax, Label, MessageSyntax, Name, TypeSyntax } from "./syntax.ts";

const labels: ReadonlySet<string> = new Set<Label>(["optional", "required", "repeated"]);

export function parseField(cursor: Cursor, oneof?: number): FieldSyntax {
  const first = cursor.mark();
  const label = parseLabel(cursor, oneof);
  if (cursor.is("group") && cursor.following.kind === "identifier") {
    return parseGroup(cursor, { first, label, oneof });
  }
  const type = parseType(cursor);
  const name = cursor.identifier("a field's name");
  cursor.expect("=", "and a number after a field's name");
  const number = parseNumber(cursor, false);
  const options = parseBracketOptions(cursor);
  cursor.expect(";", "after a field");
  const comments = cursor.comments(first);
  const { position } = first.token;
  return {
    kind: "field",
    name,
    position,
    comments,
    type,
    number,
    options,
    ...(label === undefined ? {} : { label }),
    ...(oneof === undefined ? {} : { oneof }),
  };
}

function parseLabel(cursor: Cursor, oneof: number | undefined): FieldSyntax["label"] {
  const { token } = cursor;
  if (token.kind !== "identifier" || !labels.has(token.text)) return undefined;
  // `optional` may also be the first part of a type's name.
  if (cursor.following.text === "." || cursor.following.text === "=") return undefined;
  cursor.take();
  if (oneof !== undefined) {
    cursor.problem({
      rule: "oneof-label",
      position: token.position,
      message: `a member of a oneof takes no label, found \`${token.text}\``,
      help: "remove the label",
    });
  }
  return { text: token.text as Label, position: token.position };
}

function parseType(cursor: Cursor): TypeSyntax {
  if (cursor.is("map") && cursor.following.text === "<") {
    cursor.take();
    cursor.take();
    const key = cursor.qualifiedName("the type of the map's keys", true);
    cursor.expect(",", "after the type of a map's keys");
    const value = cursor.qualifiedName("the type of the map's values", true);
    cursor.expect(">", "after the type of a map's values");
    return { kind: "map", key, value };
  }
  return { kind: "named", name: cursor.qualifiedName("a type", true) };
}

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

interface GroupStart {
  readonly first: Mark;
  readonly label: FieldSyntax["label"];
  readonly oneof: number | undefined;
}

function parseGroup(cursor: Cursor, { first, label, oneof }: GroupStart): FieldSyntax {
  cursor.take();
  const name = cursor.identifier("a group's name");
  if (!/^[A-Z]/.test(name.text) && !cursor.isLost) {
    cursor.problem({
      rule: "group-name",
      position: name.position,
      message: `the name of the group \`${name.text}\` does not start with a capital letter`,
      help: "its field takes the name in lower case",
    });
  }
  cursor.expect("=", "and a number after a group's name");
  const number = parseNumber(cursor, false);
  const options = parseBracketOptions(cursor);
  const message = parseMessageBody(cursor, { first, name });
  return groupField({ message, number, options, label, oneof, fieldName: lowerName(name) });
}

function lowerName(name: Name): Name {
  return { text: name.text.toLowerCase(), position: name.position };
}

interface GroupParts {
  readonly message: MessageSyntax;
  readonly number: FieldSyntax["number"];
  readonly options: FieldSyntax["options"];
  readonly label: FieldSyntax["label"];
  readonly oneof: number | undefined;
  readonly fieldName: Name;
}

function groupField({
  message,
  number,
  options,
  label,
  oneof,
  fieldName,
}: GroupParts): FieldSyntax {
  return {
    kind: "field",
    name: fieldName,
    position: message.position,
    comments: message.comments,
    type: { kind: "group", message },
    number,
    options,
    ...(label === undefined ? {} : { label }),
    ...(oneof === undefined ? {} : { oneof }),
  };
}
