/** The linker's first step: makes every declaration of a file and enters its full name; references stay open. */
import type { Position } from "./diagnostic.ts";
import { syntaxFeatures } from "./features.ts";
import { fieldNumberMax } from "./limits.ts";
import { type LinkContext, placeOf } from "./link-context.ts";
import type {
  LinkedEnum,
  LinkedField,
  LinkedFile,
  LinkedMessage,
  LinkedOneof,
  LinkedRange,
  LinkedService,
  LinkedSymbol,
} from "./linked.ts";
import { join, jsonNameOf, mapEntryName } from "./names.ts";
import type {
  EnumSyntax,
  ExtendSyntax,
  FieldSyntax,
  FileSyntax,
  MessageSyntax,
  RangeSyntax,
  ServiceSyntax,
} from "./syntax.ts";

interface Scope {
  readonly context: LinkContext;
  readonly file: LinkedFile;
  readonly name: string;
  readonly parent?: LinkedMessage;
}

export function emptyFile(tree: FileSyntax): LinkedFile {
  const file: LinkedFile = {
    kind: "file",
    path: tree.path,
    tree,
    package: tree.package?.text ?? "",
    dependencies: [],
    visible: new Set(),
    used: new Set(),
    messages: [],
    enums: [],
    services: [],
    extensions: [],
    features: syntaxFeatures[tree.syntax],
  };
  file.visible.add(file);
  return file;
}

export function declareFile(context: LinkContext, file: LinkedFile): void {
  const { tree } = file;
  declarePackage(context, file);
  const scope: Scope = { context, file, name: file.package };
  for (const syntax of tree.messages) file.messages.push(declareMessage(scope, syntax));
  for (const syntax of tree.enums) file.enums.push(declareEnum(scope, syntax));
  for (const syntax of tree.services) file.services.push(declareService(scope, syntax));
  for (const syntax of tree.extends) file.extensions.push(...declareExtend(scope, syntax));
}

function declarePackage({ packages, symbols, report }: LinkContext, file: LinkedFile): void {
  const parts = file.package === "" ? [] : file.package.split(".");
  for (let length = 1; length <= parts.length; length += 1) {
    const name = parts.slice(0, length).join(".");
    const files = packages.get(name) ?? new Set();
    packages.set(name, files.add(file));
    const other = symbols.get(name);
    if (other === undefined || file.tree.package === undefined) continue;
    report.error(file.path, {
      rule: "name-taken",
      position: file.tree.package.position,
      message: `\`${name}\` is a package here and something else at ${placeOf(other.file, other.position)}`,
    });
  }
}

/** Enters a name; the first to take it keeps it. */
function enter<Symbol extends LinkedSymbol>({ context }: Scope, symbol: Symbol): Symbol {
  const { symbols, packages, report } = context;
  const other = symbols.get(symbol.fullName);
  if (other === undefined && !packages.has(symbol.fullName)) {
    symbols.set(symbol.fullName, symbol);
    return symbol;
  }
  const where = other === undefined ? "as a package" : `at ${placeOf(other.file, other.position)}`;
  const isValue = symbol.kind === "enum_value" || other?.kind === "enum_value";
  report.error(symbol.file.path, {
    rule: "name-taken",
    position: symbol.position,
    message: `the name \`${symbol.fullName}\` is taken already, ${where}`,
    help: isValue
      ? "the values of an enum stand beside their enum, not inside it: put the enum's name before them"
      : "give one of them another name",
  });
  return symbol;
}

function declareMessage(scope: Scope, syntax: MessageSyntax): LinkedMessage {
  const { context, file, parent } = scope;
  const message: LinkedMessage = {
    ...headOf(scope, syntax.name.text, syntax.name.position),
    kind: "message",
    syntax,
    isMapEntry: false,
    fields: [],
    oneofs: [],
    messages: [],
    enums: [],
    extensions: [],
    extensionRanges: syntax.extensionRanges.map(rangeOf),
    features: file.features,
    ...(parent === undefined ? {} : { parent }),
  };
  enter(scope, message);
  const inner: Scope = { context, file, name: message.fullName, parent: message };
  for (const oneof of syntax.oneofs) {
    const head = headOf(inner, oneof.name.text, oneof.name.position);
    const linked: LinkedOneof = {
      ...head,
      kind: "oneof",
      parent: message,
      syntax: oneof,
      fields: [],
      features: file.features,
    };
    message.oneofs.push(enter(inner, linked));
  }
  for (const field of syntax.fields) declareField(inner, message, field);
  for (const nested of syntax.messages) message.messages.push(declareMessage(inner, nested));
  message.messages.sort(byPosition);
  for (const nested of syntax.enums) message.enums.push(declareEnum(inner, nested));
  for (const extend of syntax.extends) message.extensions.push(...declareExtend(inner, extend));
  return message;
}

function declareField(scope: Scope, message: LinkedMessage, syntax: FieldSyntax): void {
  const oneof = syntax.oneof === undefined ? undefined : message.oneofs[syntax.oneof];
  const field = fieldOf(scope, syntax, oneof);
  enter(scope, field);
  message.fields.push(field);
  oneof?.fields.push(field);
  if (syntax.type.kind !== "map") return;
  const entry = mapEntry(scope, message, field);
  message.messages.push(enter(scope, entry));
  field.type = { kind: "message", message: entry };
}

function fieldOf(scope: Scope, syntax: FieldSyntax, oneof: LinkedOneof | undefined): LinkedField {
  const { file, parent } = scope;
  const isMap = syntax.type.kind === "map";
  const label = syntax.label?.text;
  return {
    ...headOf(scope, syntax.name.text, syntax.name.position),
    kind: "field",
    syntax,
    isExtension: false,
    isGroup: syntax.type.kind === "group",
    isMap,
    number: boundedNumber(syntax.number.value),
    label: isMap ? "repeated" : (label ?? "optional"),
    isProto3Optional: label === "optional" && file.tree.syntax === "proto3" && oneof === undefined,
    jsonName: jsonNameOf(syntax.name.text),
    hasJsonName: false,
    features: file.features,
    ...(parent === undefined ? {} : { parent }),
    ...(oneof === undefined ? {} : { oneof }),
  };
}

/** Out of range becomes zero, which the check refuses at the number's place. */
function boundedNumber(value: bigint): number {
  return value > BigInt(fieldNumberMax) || value < 0n ? 0 : Number(value);
}

/** `map<K, V>` is a repeated message with the fields `key` and `value`; their types are resolved with the others. */
function mapEntry(scope: Scope, parent: LinkedMessage, field: LinkedField): LinkedMessage {
  const { context, file } = scope;
  const name = mapEntryName(field.name);
  const entry: LinkedMessage = {
    ...headOf(scope, name, field.position),
    kind: "message",
    parent,
    isMapEntry: true,
    fields: [],
    oneofs: [],
    messages: [],
    enums: [],
    extensions: [],
    extensionRanges: [],
    features: file.features,
  };
  const inner: Scope = { context, file, name: entry.fullName, parent: entry };
  const { type } = field.syntax;
  if (type.kind !== "map") return entry;
  for (const [part, typeName, number] of [
    ["key", type.key, 1n],
    ["value", type.value, 2n],
  ] as const) {
    const syntax: FieldSyntax = {
      ...field.syntax,
      name: { text: part, position: typeName.position },
      type: { kind: "named", name: typeName },
      number: { value: number, position: typeName.position },
      options: [],
    };
    entry.fields.push(fieldOf(inner, syntax, undefined));
  }
  return entry;
}

function declareEnum(scope: Scope, syntax: EnumSyntax): LinkedEnum {
  const { file, parent } = scope;
  const linked: LinkedEnum = {
    ...headOf(scope, syntax.name.text, syntax.name.position),
    kind: "enum",
    syntax,
    values: [],
    features: file.features,
    ...(parent === undefined ? {} : { parent }),
  };
  enter(scope, linked);
  for (const value of syntax.values) {
    const head = headOf(scope, value.name.text, value.name.position);
    const number = Number(BigInt.asIntN(32, value.number.value));
    linked.values.push(
      enter(scope, { ...head, kind: "enum_value", parent: linked, syntax: value, number }),
    );
  }
  return linked;
}

function declareService(scope: Scope, syntax: ServiceSyntax): LinkedService {
  const head = headOf(scope, syntax.name.text, syntax.name.position);
  const service: LinkedService = { ...head, kind: "service", syntax, methods: [] };
  enter(scope, service);
  const inner: Scope = { context: scope.context, file: scope.file, name: service.fullName };
  for (const method of syntax.methods) {
    const methodHead = headOf(inner, method.name.text, method.name.position);
    service.methods.push(
      enter(inner, { ...methodHead, kind: "method", parent: service, syntax: method }),
    );
  }
  return service;
}

function declareExtend(scope: Scope, syntax: ExtendSyntax): readonly LinkedField[] {
  return syntax.fields.map((field) => {
    const linked: LinkedField = { ...fieldOf(scope, field, undefined), isExtension: true };
    return enter(scope, linked);
  });
}

function rangeOf(syntax: RangeSyntax): LinkedRange {
  const last = syntax.last ?? BigInt(fieldNumberMax);
  return { first: Number(syntax.first), last: Number(last), syntax };
}

function headOf(
  { file, name: scope }: Scope,
  name: string,
  position: Position,
): Pick<LinkedSymbol, "name" | "fullName" | "file" | "position"> {
  return { name, fullName: join(scope, name), file, position };
}

function byPosition(left: LinkedMessage, right: LinkedMessage): number {
  return left.position.line - right.position.line || left.position.column - right.position.column;
}
