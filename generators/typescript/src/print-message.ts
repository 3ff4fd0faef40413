/** The types of a message and its constant; what they do is in the functions of `print-codec.ts`. */
import type { InterfaceDeclarationStructure, StatementStructures } from "ts-morph";
import { printConstant } from "./dialect.ts";
import { type Doc, group, ifBroken, indent, join, line, object, print } from "./layout.ts";
import { propertyKey } from "./literal.ts";
import type { CodecRequest } from "./print-codec.ts";
import { printDocs } from "./print-docs.ts";
import { onNextLine } from "./print-json.ts";
import type { CaseView, FieldView, MemberView, MessageView, OneofView } from "./view.ts";

/** ts-morph's kinds are numbers of a module that is loaded lazily. */
export interface InterfaceWords {
  readonly interfaceKind: InterfaceDeclarationStructure["kind"];
  readonly gen1: string;
  /** `Uint8Array` as the file may call it. */
  readonly bytes: string;
}

const unknownDocs = ["Fields this schema does not know, as they came."];

export function messageInterfaces(
  message: MessageView,
  { interfaceKind: kind, gen1, bytes }: InterfaceWords,
): readonly StatementStructures[] {
  const { type, init } = message.words;
  return [
    {
      kind,
      name: type,
      isExported: true,
      docs: docs(message.docs),
      properties: [
        ...message.members.map((member) => ({
          name: propertyKey(member.name),
          hasQuestionToken: isOptional(member),
          type: typeOf(member),
          docs: docs(member.docs),
        })),
        { name: "$unknown", hasQuestionToken: true, type: bytes, docs: docs(unknownDocs) },
      ],
    },
    {
      kind,
      name: init,
      isExported: true,
      docs: docs([`What builds ${article(type)} \`${type}\`: everything may be left out.`]),
      properties: [
        ...message.members.map((member) => ({
          name: propertyKey(member.name),
          isReadonly: true,
          hasQuestionToken: true,
          type: initOf(member, gen1),
        })),
        {
          name: "$unknown",
          isReadonly: true,
          hasQuestionToken: true,
          type: `${bytes} | undefined`,
        },
      ],
    },
  ];
}

export function docs(lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [lines.length === 1 ? lines.join("") : `\n${lines.join("\n")}`];
}

function article(name: string): string {
  return /^[AEIO]/i.test(name) ? "an" : "a";
}

function isOptional(member: MemberView): boolean {
  return member.kind === "oneof" || (member.kind === "singular" && member.isOptional);
}

function typeOf(member: MemberView): string {
  if (member.kind === "oneof") {
    return unionOf(
      member,
      "",
      casesOf(member, "", (item) => item.value.type),
    );
  }
  if (member.kind === "repeated") return `${member.value.type}[]`;
  if (member.key !== undefined) {
    return `${member.container}<${member.key.type}, ${member.value.type}>`;
  }
  return member.isOptional ? unionOf(member, "", [member.value.type]) : member.value.type;
}

/** The type of a field's value, where it is there. */
export function memberType(member: FieldView): string {
  return typeOf({ ...member, isOptional: false });
}

function initOf(member: MemberView, gen1: string): string {
  return unionOf(member, "readonly ", initTypes(member, gen1));
}

function initTypes(member: MemberView, gen1: string): readonly string[] {
  if (member.kind === "oneof") return casesOf(member, "readonly ", (item) => item.value.init);
  if (member.key !== undefined) return [mapInit(member, gen1)];
  const { init } = member.value;
  if (member.kind !== "repeated") return [init];
  return [`readonly ${init.startsWith("readonly ") ? `(${init})` : init}[]`];
}

function mapInit(member: FieldView, gen1: string): string {
  const key = member.key?.type ?? "";
  if (key === "string") return `${gen1}.StringMapInit<${member.value.init}>`;
  if (key === "number") return `${gen1}.NumberMapInit<${member.value.init}>`;
  return `${gen1}.MapInit<${key}, ${member.value.init}>`;
}

/** One case a line where they do not all fit. ts-morph indents the lines itself. */
function unionOf(member: MemberView, modifier: string, types: readonly string[]): string {
  const head = `  ${modifier}${propertyKey(member.name)}?:`;
  const parts = join([line, "| "], [...types, "undefined"]);
  const text = print([head, group(indent(indent(line, ifBroken("| "), parts))), ";"]);
  return text.slice(head.length, -1).replace(/^ /, "").replaceAll("\n    ", "\n");
}

function casesOf(
  member: OneofView,
  modifier: string,
  type: (item: CaseView) => string,
): readonly string[] {
  return member.cases.map(
    (item) => `{ ${modifier}case: "${item.name}"; ${modifier}value: ${type(item)} }`,
  );
}

export function printMessageConstant({ message, dialect, gen1 }: CodecRequest): readonly Doc[] {
  const { type, init, create, write, read, validate } = message.words;
  return printConstant(dialect, {
    name: message.constant,
    docs: printDocs(message.docs),
    type: `${gen1}.MessageType`,
    typeArguments: [type, init],
    isExported: true,
    value: object([
      `typeName: "${message.typeName}"`,
      `fingerprint: ${message.fingerprint}`,
      `create: ${create}`,
      ["encode: (message) =>", onNextLine(`${gen1}.encode(${write}, message)`)],
      ["decode: (bytes) =>", onNextLine(`${gen1}.decode(${read}, bytes)`)],
      `write: ${write}`,
      `read: ${read}`,
      ...(validate === undefined ? [] : [`validate: ${validate}`]),
    ]),
  });
}
