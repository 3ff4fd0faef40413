/** A message's codec as a view: writer, reader, map entries, checks, and the registration that ties them to the class. */
import type { Extension, Field, Message } from "@nexus-bridge/schema";
import { call, tallCall, tuple } from "./layout.ts";
import { byNumber } from "./names.ts";
import type { scalars } from "./scalars.ts";
import type { ModuleScope } from "./scope.ts";
import { stringLiteral } from "./text.ts";
import {
  messageClass,
  newValue,
  plainType,
  readStatement,
  tagLiteral,
  tagNumber,
  wireType,
  writeStatement,
} from "./types.ts";
import type { CodecView, EntryView } from "./view.ts";
import { jsonFields } from "./view-json.ts";
import { branchViews, readViews } from "./view-read.ts";
import { validateView } from "./view-rules.ts";
import { writeViews } from "./view-write.ts";

export function codecView(scope: ModuleScope, message: Message): CodecView {
  const path = scope.path(message);
  const write = scope.functionName("write", path);
  const read = scope.functionName("read", path);
  const reads = readViews(scope, message);
  const validate = validateView(scope, message);
  return {
    writeSignature: signature(
      write,
      [`message: ${path}`, `out: ${scope.builtin("bytearray")}`],
      "None",
    ),
    readSignature: readSignature(scope, read, `message: ${path} | None`, path),
    create: `${path}()`,
    writes: writeViews(scope, message),
    reads,
    hasReads: reads.length > 0,
    required: requiredStatements(scope, message),
    entries: message.fields.flatMap((field) =>
      field.cardinality.kind === "map" ? [entryView(scope, field, field.cardinality.key)] : [],
    ),
    validate,
    bytearray: scope.builtin("bytearray"),
    bytes: scope.builtin("bytes"),
    jsonFields: jsonFields(scope, message),
    register: registration(scope, message, {
      write,
      read,
      ...(message.fields.length === 0 ? {} : { json: scope.functionName("json", path) }),
      ...(validate === false ? {} : { validate: scope.functionName("validate", path) }),
    }),
  };
}

/** The codec of an extension's holder, and what it extends. */
export function extensionView(scope: ModuleScope, { holder, extendee }: Extension): CodecView {
  const view = codecView(scope, holder);
  const words = [scope.path(holder), `lambda: ${messageClass(scope, extendee)}`];
  return { ...view, register: `${view.register}\n${call(0, "_gen1.register_extension", words)}` };
}

export function signature(name: string, parameters: readonly string[], result: string): string {
  return call(0, `def ${name}`, parameters, ` -> ${result}:`);
}

function readSignature(scope: ModuleScope, name: string, first: string, result: string): string {
  const int = scope.builtin("int");
  const data = `data: ${scope.builtin("bytes")}`;
  const rest = [data, `position: ${int}`, `end: ${int}`, `depth: ${int}`];
  return signature(name, [first, ...rest], result);
}

function requiredStatements(scope: ModuleScope, message: Message): readonly string[] {
  const names = scope.names.message(message);
  return message.fields
    .filter(
      ({ cardinality }) => cardinality.kind === "singular" && cardinality.presence === "required",
    )
    .map((field) => {
      const name = names.fields.get(field) ?? field.name;
      return call(4, "_gen1.check_read", [`message.${name}`, stringLiteral(name), "end"]);
    });
}

function registration(
  scope: ModuleScope,
  message: Message,
  functions: Readonly<Record<string, string>>,
): string {
  const names = scope.names.message(message);
  const pii = byNumber(message.fields).flatMap((field) =>
    field.pii && field.oneof === undefined ? [stringLiteral(names.fields.get(field) ?? "")] : [],
  );
  const fingerprint = message.fingerprint.toString(16).padStart(16, "0");
  return tallCall(0, "_gen1.register", [
    scope.path(message),
    `name=${stringLiteral(message.fullName)}`,
    `fingerprint=0x${fingerprint.toUpperCase()}`,
    ...Object.entries(functions).map(([role, name]) => `${role}=${name}`),
    ...(pii.length === 0 ? [] : [tuple(4, "pii=", pii)]),
  ]);
}

function entryView(scope: ModuleScope, field: Field, keyScalar: keyof typeof scalars): EntryView {
  const name = scope.names.message(field.parent).fields.get(field) ?? field.name;
  const path = `${scope.path(field.parent)}.${name}.Entry`;
  const key = { kind: "scalar", scalar: keyScalar } as const;
  const valueCodec = field.type.kind === "scalar" ? codecName(field, field.type.scalar) : "";
  const keyCodec = codecName(field, keyScalar);
  const type = `${scope.builtin("tuple")}[${plainType(scope, key)}, ${plainType(scope, field.type)}]`;
  const at = { column: 4, isDelimited: false } as const;
  const read = { column: 12, isDelimited: false, isOptional: false } as const;
  const keyTag = tagNumber(1, wireType(key));
  const valueTag = tagNumber(2, wireType(field.type));
  const parameters = [`entry: ${type}`, `out: ${scope.builtin("bytearray")}`];
  return {
    writeSignature: signature(scope.functionName("write", path), parameters, "None"),
    readSignature: readSignature(
      scope,
      scope.functionName("read", path),
      `_: ${type} | None`,
      type,
    ),
    keyTag: tagLiteral(1, wireType(key)),
    valueTag: tagLiteral(2, wireType(field.type)),
    writeKey: writeStatement(scope, key, keyCodec, { value: "key", ...at }),
    writeValue: writeStatement(scope, field.type, valueCodec, { value: "value", ...at }),
    keyDefault: `key = ${newValue(scope, key)}`,
    valueDefault: valueDefault(scope, field),
    reads: branchViews([
      {
        tag: keyTag,
        statements: [
          readStatement(scope, key, keyCodec, { target: "key", previous: "None", ...read }),
        ],
      },
      {
        tag: valueTag,
        statements: [
          readStatement(scope, field.type, valueCodec, {
            target: "value",
            previous: "value",
            ...read,
          }),
        ],
      },
    ]),
  };
}

/** Empty containers and None say too little of their type. */
function valueDefault(scope: ModuleScope, field: Field): string {
  const value = newValue(scope, field.type);
  const isBare = value === "None" || value === "{}" || value === "[]";
  return isBare ? `value: ${plainType(scope, field.type)} = ${value}` : `value = ${value}`;
}

function codecName(field: Field, scalar: keyof typeof scalars): string {
  return scalar === "string" && !field.utf8Checked ? "unchecked_string" : scalar;
}
