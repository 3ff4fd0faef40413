/** Parses fields: plain ones, maps, groups and members of oneofs. */
import type { Cursor, Mark } from "./cursor.ts";
import { parseNumber } from "./parser-number.ts";
import { parseBracketOptions } from "./parser-option.ts";
import type { FieldSyntax, Label, MessageSyntax, Name, TypeSyntax } from "./syntax.ts";

const labels: ReadonlySet<string> = new Set<Label>(["optional", "required", "repeated"]);

/** Parses a message from its `{` on, for a group; messages know fields and not the other way round. */
export type ParseBody = (
  cursor: Cursor,
  start: { readonly first: Mark; readonly name: Name },
) => MessageSyntax;

export function parseField(cursor: Cursor, parseBody: ParseBody, oneof?: number): FieldSyntax {
  const first = cursor.mark();
  const label = parseLabel(cursor, oneof);
  if (cursor.is("group") && cursor.following.kind === "identifier") {
    return parseGroup(cursor, { first, label, oneof, parseBody });
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

interface GroupStart {
  readonly first: Mark;
  readonly label: FieldSyntax["label"];
  readonly oneof: number | undefined;
  readonly parseBody: ParseBody;
}

function parseGroup(cursor: Cursor, { first, label, oneof, parseBody }: GroupStart): FieldSyntax {
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
  const message = parseBody(cursor, { first, name });
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
