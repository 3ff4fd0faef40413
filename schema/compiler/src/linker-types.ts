/** The linker's second step: turns the names of types, extendees, requests and responses into references. */
import type { LinkContext } from "./link-context.ts";
import type { LinkedField, LinkedFile, LinkedMessage, LinkedSymbol, LinkedType } from "./linked.ts";
import type { Scalar } from "./model.ts";
import { explain, resolve } from "./scope.ts";
import type { ExtendSyntax, Name } from "./syntax.ts";

const scalars: ReadonlySet<string> = new Set<Scalar>([
  "double",
  "float",
  "int32",
  "int64",
  "uint32",
  "uint64",
  "sint32",
  "sint64",
  "fixed32",
  "fixed64",
  "sfixed32",
  "sfixed64",
  "bool",
  "string",
  "bytes",
]);

export function linkTypes(context: LinkContext, file: LinkedFile): void {
  for (const message of file.messages) linkMessage(context, message);
  linkExtensions(context, file, {
    extends: file.tree.extends,
    fields: file.extensions,
    scope: file.package,
  });
  for (const service of file.services) {
    for (const method of service.methods) {
      const scope = method.fullName;
      const { request, response } = method.syntax;
      const requestType = linkMessageName(context, file, { name: request, scope });
      const responseType = linkMessageName(context, file, { name: response, scope });
      if (requestType !== undefined) method.request = requestType;
      if (responseType !== undefined) method.response = responseType;
    }
  }
}

function linkMessage(context: LinkContext, message: LinkedMessage): void {
  for (const field of message.fields) linkField(context, field, message);
  for (const nested of message.messages) linkMessage(context, nested);
  if (message.syntax === undefined) return;
  const { fullName: scope, extensions: fields, file } = message;
  linkExtensions(context, file, { extends: message.syntax.extends, fields, scope });
}

interface Extensions {
  readonly extends: readonly ExtendSyntax[];
  /** Of all `extend` blocks, in their order. */
  readonly fields: readonly LinkedField[];
  readonly scope: string;
}

function linkExtensions(context: LinkContext, file: LinkedFile, extensions: Extensions): void {
  let index = 0;
  for (const syntax of extensions.extends) {
    const { extendee: name } = syntax;
    const extendee = linkMessageName(context, file, { name, scope: extensions.scope });
    for (const field of extensions.fields.slice(index, index + syntax.fields.length)) {
      if (extendee !== undefined) field.extendee = extendee;
      linkField(context, field, field.parent);
    }
    index += syntax.fields.length;
  }
}

function linkField(
  context: LinkContext,
  field: LinkedField,
  scope: LinkedMessage | undefined,
): void {
  const { type } = field.syntax;
  if (field.type !== undefined) return;
  if (type.kind === "group") {
    const around = scope === undefined ? field.file.messages : scope.messages;
    const message = around.find((candidate) => candidate.syntax === type.message);
    if (message !== undefined) field.type = { kind: "message", message };
    return;
  }
  if (type.kind !== "named") return;
  const linked = linkTypeName(context, field, type.name);
  if (linked !== undefined) field.type = linked;
}

function linkTypeName(
  context: LinkContext,
  field: LinkedField,
  name: Name,
): LinkedType | undefined {
  const { file } = field;
  if (scalars.has(name.text)) return { kind: "scalar", scalar: name.text as Scalar };
  // A map's key and value are looked up from the message that holds the map.
  const around = field.parent?.isMapEntry === true ? field.parent.parent : field.parent;
  const scope = around === undefined ? file.package : around.fullName;
  const reference = { file, scope, name: name.text, accepts: isType };
  const resolution = resolve(context, reference);
  const { position } = name;
  if (resolution.kind !== "found") {
    const fault = explain(context, reference, resolution);
    const { help } = fault ?? {};
    context.report.error(file.path, {
      rule: "unknown-type",
      position,
      message: fault?.message ?? "",
      help: help ?? scalarHelp(name.text),
    });
    return undefined;
  }
  const { symbol } = resolution;
  if (symbol.kind !== "message" && symbol.kind !== "enum") {
    context.report.error(file.path, {
      rule: "not-a-type",
      position,
      message: `\`${name.text}\` is ${article(symbol)}, not a type`,
    });
    return undefined;
  }
  use(file, symbol);
  if (symbol.kind === "enum") return { kind: "enum", enum: symbol };
  if (symbol.isMapEntry) {
    context.report.error(file.path, {
      rule: "map-entry-used",
      position,
      message: `\`${name.text}\` is the entry of a map and cannot be used`,
      help: "declare a message of your own",
    });
  }
  return { kind: "message", message: symbol };
}

const otherLanguages: ReadonlyMap<string, string> = new Map([
  ["int", "int32"],
  ["integer", "int32"],
  ["long", "int64"],
  ["uint", "uint32"],
  ["number", "double"],
  ["str", "string"],
  ["String", "string"],
  ["boolean", "bool"],
  ["byte", "bytes"],
  ["float32", "float"],
  ["float64", "double"],
  ["uint8", "uint32"],
  ["int8", "int32"],
  ["int16", "int32"],
  ["uint16", "uint32"],
]);

function scalarHelp(name: string): string | undefined {
  const scalar = otherLanguages.get(name);
  return scalar === undefined ? undefined : `did you mean \`${scalar}\`?`;
}

export interface MessageReference {
  readonly name: Name;
  readonly scope: string;
}

/** A name that must be a message's; reports what is wrong with it. */
export function linkMessageName(
  context: LinkContext,
  file: LinkedFile,
  { name, scope }: MessageReference,
): LinkedMessage | undefined {
  const reference = { file, scope, name: name.text, accepts: isType };
  const resolution = resolve(context, reference);
  const { position } = name;
  if (resolution.kind !== "found") {
    const fault = explain(context, reference, resolution);
    const isScalar = scalars.has(name.text);
    context.report.error(file.path, {
      rule: isScalar ? "not-a-message" : "unknown-type",
      position,
      message: isScalar ? `\`${name.text}\` is not a message` : (fault?.message ?? ""),
      help: isScalar ? "wrap it in a message of its own" : fault?.help,
    });
    return undefined;
  }
  const { symbol } = resolution;
  use(file, symbol);
  if (symbol.kind === "message") return symbol;
  context.report.error(file.path, {
    rule: "not-a-message",
    position,
    message: `\`${name.text}\` is ${article(symbol)}, not a message`,
  });
  return undefined;
}

export function isType(symbol: LinkedSymbol): boolean {
  return symbol.kind === "message" || symbol.kind === "enum";
}

/** Remembers that a file's import was needed. */
export function use(file: LinkedFile, symbol: LinkedSymbol): void {
  file.used.add(symbol.file);
}

function article({ kind }: LinkedSymbol): string {
  const word = kind === "enum_value" ? "enum value" : kind;
  return /^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`;
}
