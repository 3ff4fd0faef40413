/** The functions between one message and its JSON, and the constant that offers them. */
import { printConstant, printFunction, pureCall, typed } from "./dialect.ts";
import {
  block,
  call,
  type Doc,
  group,
  hardline,
  ifAll,
  indent,
  line,
  list,
  object,
} from "./layout.ts";
import { member as memberOf, propertyKey, stringLiteral } from "./literal.ts";
import { type CodecRequest, entriesOf } from "./print-codec.ts";
import { fromJson, presence, toJson } from "./print-value.ts";
import type { CaseView, FieldView, MemberView, MessageView, OneofView } from "./view.ts";

export function printJson(request: CodecRequest): readonly (readonly Doc[])[] {
  return [
    printNames(request),
    printJsonConstant(request),
    printToJson(request),
    printFromJson(request),
  ];
}

function printNames({ message, dialect, gen1 }: CodecRequest): readonly Doc[] {
  const fields = message.members.flatMap((member) =>
    member.kind === "oneof" ? member.cases : [member],
  );
  const names = new Map(fields.map(({ jsonName }) => [jsonName, jsonName]));
  for (const { jsonName, schemaName } of fields) {
    if (!names.has(schemaName)) names.set(schemaName, jsonName);
  }
  const items = [...names].map(([name, field]) => `${propertyKey(name)}: ${stringLiteral(field)}`);
  return printConstant(dialect, {
    name: message.namesConstant,
    docs: [],
    type: `${gen1}.JsonNames`,
    typeArguments: [],
    value: pureCall(`${gen1}.jsonNames`, object(items)),
    isExported: false,
  });
}

function printJsonConstant({ message, dialect, gen1 }: CodecRequest): readonly Doc[] {
  const { type, init, toJson: write, fromJson: read } = message.words;
  return printConstant(dialect, {
    name: message.jsonConstant,
    docs: [`/** \`${type}\` as proto-JSON. */`, hardline],
    type: `${gen1}.JsonType`,
    typeArguments: [type, init],
    isExported: true,
    value: object([
      `type: ${message.constant}`,
      [
        "stringify: (message, options) =>",
        onNextLine(`JSON.stringify(${write}(message, options))`),
      ],
      ["parse: (text, options) =>", onNextLine(`${read}(${gen1}.parseJsonText(text), options)`)],
      `toJson: ${write}`,
      `fromJson: ${read}`,
    ]),
  });
}

/** The body of an arrow function, on the next line where it does not fit. */
export function onNextLine(body: Doc): Doc {
  return group(indent(line, body));
}

function printToJson(request: CodecRequest): readonly Doc[] {
  const { message, dialect, gen1 } = request;
  const { init, toJson: name } = message.words;
  const values = message.members.flatMap((member) =>
    member.kind === "oneof" ? member.cases.map((item) => item.value) : [member.value],
  );
  const { isExtendable } = message;
  const usesOptions = isExtendable || values.some(({ kind }) => kind === "message");
  return printFunction(dialect, {
    name,
    parameters: [
      [values.length === 0 && !isExtendable ? "_message" : "message", init],
      [usesOptions ? "options?" : "_options?", `${gen1}.JsonWriteOptions`],
    ],
    result: `${gen1}.JsonObject`,
    body: [
      `const json${typed(dialect, `: ${gen1}.JsonObject`)} = {};`,
      ...message.members.map((member) => writeMember(member, gen1)),
      ...(isExtendable ? [writeExtensions(message, gen1)] : []),
      "return json;",
    ],
  });
}

function writeExtensions({ typeName }: MessageView, gen1: string): Doc {
  const name = stringLiteral(typeName);
  return [call(`${gen1}.extensionsToJson`, "json", "message.$unknown", name, "options"), ";"];
}

function readExtensions({ typeName }: MessageView, gen1: string): Doc {
  const name = stringLiteral(typeName);
  return [call(`${gen1}.extensionsFromJson`, "message", "json", name, "options", "path"), ";"];
}

function writeMember(member: MemberView, gen1: string): Doc {
  const source = `message.${member.name}`;
  if (member.kind === "oneof") {
    const cases = member.cases.map((item): Doc => {
      const set = assign(item.jsonName, toJson(item.value, `${source}.value`), gen1);
      return [`case "${item.name}":`, indent(hardline, set, hardline, "break;")];
    });
    return block(`switch (${source}?.case) `, cases);
  }
  const json = fieldToJson(member, source, gen1);
  const isMap = member.key !== undefined;
  return ifAll(conditionsOf(member, source, gen1), [
    isMap ? assignEntries(member.jsonName, json, gen1) : assign(member.jsonName, json, gen1),
  ]);
}

function conditionsOf(member: FieldView, source: string, gen1: string): readonly string[] {
  if (member.kind === "singular") {
    return presence(member.value, source, member.isOptional || member.isRequired, gen1);
  }
  if (member.kind === "repeated") return [`${source} !== undefined`, `${source}.length > 0`];
  return [`${source} !== undefined`];
}

function fieldToJson(member: FieldView, source: string, gen1: string): Doc {
  const { value } = member;
  if (member.kind === "singular") return toJson(value, source);
  if (member.kind === "repeated" && value.toJson === "") return `[...${source}]`;
  const write = value.toJson === "" ? `${gen1}.sameInJson` : value.toJson;
  const options = value.kind === "message" ? ["options"] : [];
  if (member.kind === "repeated") return call(`${gen1}.listToJson`, source, write, ...options);
  return call(`${gen1}.mapToJson`, entriesOf(member, source, gen1), write, ...options);
}

/** Defined, not assigned, where assigning would set the prototype or the compiler sees a method of every object. */
function assign(name: string, value: Doc, gen1: string): Doc {
  if (name in Object.prototype)
    return [call(`${gen1}.setJson`, "json", stringLiteral(name), value), ";"];
  return [memberOf("json", name), " = ", value, ";"];
}

/** What builds a map may be read once only: whether it is empty shows when it has been. */
function assignEntries(name: string, value: Doc, gen1: string): Doc {
  return [call(`${gen1}.setEntries`, "json", stringLiteral(name), value), ";"];
}

function printFromJson(request: CodecRequest): readonly Doc[] {
  const { message, dialect, gen1 } = request;
  const { type, fromJson: name, create } = message.words;
  const nullable = message.members
    .flatMap((member) => (member.kind === "oneof" ? member.cases : nullableOf(member)))
    .filter(({ value }) => value.isNullable)
    .map(({ jsonName }) => `field.name !== ${stringLiteral(jsonName)}`);
  const { isExtendable, namesConstant } = message;
  const place = ["json", namesConstant, "options", "path", ...(isExtendable ? ["true"] : [])];
  const fields = call(`${gen1}.jsonFields`, ...place);
  const cases = message.members.flatMap((member) =>
    member.kind === "oneof"
      ? member.cases.map((item) => readCase(member, item, gen1))
      : [readField(member, gen1)],
  );
  const skip = block(
    group(
      "if (",
      indent(["field.value === null", ...nullable.map((text) => [" &&", line, text])]),
      ") ",
    ),
    ["continue;"],
  );
  return printFunction(dialect, {
    name,
    parameters: [
      ["json", `${gen1}.JsonValue`],
      ["options?", `${gen1}.JsonReadOptions`],
      ["path?", "string"],
    ],
    result: type,
    body: [
      `const message = ${create}();`,
      cases.length === 0
        ? [fields, ";"]
        : block(
            ["for (const field of ", fields, ") "],
            [skip, block("switch (field.name) ", cases)],
          ),
      ...(isExtendable ? [readExtensions(message, gen1)] : []),
      "return message;",
    ],
  });
}

function readField(member: FieldView, gen1: string): Doc {
  const target = `message.${member.name}`;
  const { value, key } = member;
  const statement = (right: Doc): Doc => {
    const body = [[target, " =", right, ";"], "break;"];
    return [
      `case ${stringLiteral(member.jsonName)}:`,
      indent(body.map((part) => [hardline, part])),
    ];
  };
  const place = ["field.value", "options", "field.path"];
  if (member.kind === "repeated") {
    return statement([" ", call(`${gen1}.listFromJson`, ...place, value.fromJson)]);
  }
  if (key !== undefined) {
    const readKey = key.kind === "boolean" ? `${gen1}.boolKeyFromJson` : key.fromJson;
    const readers = object([`key: ${readKey}`, `value: ${value.fromJson}`]);
    return statement([` ${gen1}.mapFromJson(${place.join(", ")}, `, readers, ")"]);
  }
  const read = fromJson(value, "field.value", "field.path");
  // An enum's unknown name is passed over: the field stays as it is.
  return statement(value.enumJson === "" ? [" ", read] : onNextLine([read, ` ?? ${target}`]));
}

function readCase(member: OneofView, item: CaseView, gen1: string): Doc {
  const target = `message.${member.name}`;
  const second = call(`${gen1}.refuseSecond`, "field.path", stringLiteral(member.schemaName));
  const read = fromJson(item.value, "field.value", "field.path");
  const refuse = block(`if (${target} !== undefined) `, [[second, ";"]]);
  const store =
    item.value.enumJson === ""
      ? [[`${target} = `, list("{", [`case: "${item.name}"`, ["value: ", read]], "}", line), ";"]]
      : [
          ["const value = ", read, ";"],
          `if (value !== undefined) ${target} = { case: "${item.name}", value };`,
        ];
  return block(`case ${stringLiteral(item.jsonName)}: `, [refuse, ...store, "break;"]);
}

/** In lists and maps null stands for an item, not for the field. */
function nullableOf(member: FieldView): readonly FieldView[] {
  return member.kind === "singular" ? [member] : [];
}
