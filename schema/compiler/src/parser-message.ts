/** Parses messages and what may stand inside one. */
import type { Cursor, Mark } from "./cursor.ts";
import { addOption, keep, parseBlock } from "./parser-block.ts";
import { parseEnum } from "./parser-enum.ts";
import { parseField } from "./parser-field.ts";
import { parseExtensionRanges, parseReserved, type Reserved } from "./parser-range.ts";
import type {
  EnumSyntax,
  ExtendSyntax,
  FieldSyntax,
  MessageSyntax,
  Name,
  OneofSyntax,
  OptionSyntax,
  RangeSyntax,
} from "./syntax.ts";

interface Body extends Reserved {
  readonly fields: FieldSyntax[];
  readonly oneofs: OneofSyntax[];
  readonly messages: MessageSyntax[];
  readonly enums: EnumSyntax[];
  readonly extends: ExtendSyntax[];
  readonly extensionRanges: RangeSyntax[];
  readonly options: OptionSyntax[];
}

/** At the word `message`. */
export function parseMessage(cursor: Cursor): MessageSyntax {
  const first = cursor.mark();
  cursor.take();
  return parseMessageBody(cursor, { first, name: cursor.identifier("a message's name") });
}

/** At the `{`. */
export function parseMessageBody(
  cursor: Cursor,
  { first, name }: { readonly first: Mark; readonly name: Name },
): MessageSyntax {
  const body: Body = {
    fields: [],
    oneofs: [],
    messages: [],
    enums: [],
    extends: [],
    extensionRanges: [],
    reservedRanges: [],
    reservedNames: [],
    options: [],
  };
  cursor.expect("{", "after a message's name");
  const comments = cursor.comments(first);
  parseBlock(cursor, () => parseElement(cursor, body));
  return { kind: "message", name, position: first.token.position, comments, ...body };
}

function parseElement(cursor: Cursor, body: Body): void {
  const { following } = cursor;
  const isWord = following.kind === "identifier";
  if (cursor.is("message") && isWord) keep(parseMessage(cursor), body.messages);
  else if (cursor.is("enum") && isWord) keep(parseEnum(cursor), body.enums);
  else if (cursor.is("oneof") && isWord) parseOneof(cursor, body);
  else if (cursor.is("extend") && (isWord || following.text === ".")) {
    body.extends.push(parseExtend(cursor, body.messages));
  } else if (cursor.is("extensions") && following.kind === "integer") {
    const ranges = parseExtensionRanges(cursor);
    if (!cursor.isLost) body.extensionRanges.push(...ranges);
  } else if (cursor.is("reserved") && (!isWord || isListOfNames(cursor))) {
    parseReserved(cursor, body, false);
  } else if (cursor.is("option") && (isWord || following.text === "(")) {
    cursor.take();
    addOption(cursor, body.options);
  } else addField(cursor, parseField(cursor, parseMessageBody), body);
}

/** `reserved foo;` of editions, as opposed to a field of type `reserved`. */
function isListOfNames(cursor: Cursor): boolean {
  return cursor.is("reserved") && cursor.following.text !== "." && cursor.second.text !== "=";
}

interface FieldHolder {
  readonly fields: FieldSyntax[];
  readonly messages: MessageSyntax[];
}

/** What could not be read to its end is reported and left out. */
function addField(cursor: Cursor, field: FieldSyntax, { fields, messages }: FieldHolder): void {
  if (cursor.isLost) return;
  fields.push(field);
  if (field.type.kind === "group") messages.push(field.type.message);
}

function parseOneof(cursor: Cursor, body: Body): void {
  const first = cursor.mark();
  cursor.take();
  const name = cursor.identifier("a oneof's name");
  const options: OptionSyntax[] = [];
  const index = body.oneofs.length;
  cursor.expect("{", "after a oneof's name");
  const comments = cursor.comments(first);
  if (name.text === "") return;
  body.oneofs.push({ kind: "oneof", name, position: first.token.position, comments, options });
  parseBlock(cursor, () => {
    if (cursor.is("option") && cursor.following.text !== ".") {
      cursor.take();
      addOption(cursor, options);
    } else addField(cursor, parseField(cursor, parseMessageBody, index), body);
  });
}

/** At the word `extend`; the messages of groups go into `messages`, the scope around it. */
export function parseExtend(cursor: Cursor, messages: MessageSyntax[]): ExtendSyntax {
  cursor.take();
  const extendee = cursor.qualifiedName("the message to extend", true);
  const fields: FieldSyntax[] = [];
  cursor.expect("{", "after the message to extend");
  parseBlock(cursor, () =>
    addField(cursor, parseField(cursor, parseMessageBody), { fields, messages }),
  );
  return { kind: "extend", extendee, fields };
}
