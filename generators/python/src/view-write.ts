/** How a message is written: one statement for each field, in the order of their numbers. */
import type { Field, Message, Oneof } from "@nexus-bridge/schema";
import { call } from "./layout.ts";
import { byNumber } from "./names.ts";
import { scalars } from "./scalars.ts";
import type { ModuleScope } from "./scope.ts";
import { scalarCodec, tagLiteral, wireType, writeStatement } from "./types.ts";
import type { WriteCaseView, WriteView } from "./view.ts";

const none = { closingTag: "", source: "", cases: [] } as const;

export function writeViews(scope: ModuleScope, message: Message): readonly WriteView[] {
  const seen = new Set<Oneof>();
  return byNumber(message.fields).flatMap((field) => {
    if (field.oneof === undefined) return [fieldWrite(scope, field)];
    if (seen.has(field.oneof)) return [];
    seen.add(field.oneof);
    return [oneofWrite(scope, field.oneof)];
  });
}

export function codecOf(field: Field): string {
  return field.type.kind === "scalar" ? scalarCodec(field) : "";
}

function closing(field: Field): string {
  return field.delimited ? tagLiteral(field.number, 4) : "";
}

function fieldWrite(scope: ModuleScope, field: Field): WriteView {
  const name = scope.names.message(field.parent).fields.get(field) ?? field.name;
  const source = `message.${name}`;
  const { cardinality } = field;
  const wire = wireType(field.type, field.delimited);
  const common = {
    isOneof: false,
    ...none,
    closingTag: closing(field),
    tag: tagLiteral(field.number, wire),
  };
  const statement = (value: string, column: number): string =>
    writeStatement(scope, field.type, codecOf(field), {
      value,
      column,
      isDelimited: field.delimited,
    });
  if (cardinality.kind === "map") {
    const write = scope.functionName("write", `${scope.path(field.parent)}.${name}.Entry`);
    return {
      ...common,
      tag: tagLiteral(field.number, 2),
      opening: `for entry in ${source}.items():`,
      statement: call(8, "_gen1.write_message", ["out", write, "entry"]),
    };
  }
  if (cardinality.kind === "repeated") {
    if (!cardinality.packed) {
      return { ...common, opening: `for value in ${source}:`, statement: statement("value", 8) };
    }
    return {
      ...common,
      opening: `if ${source}:`,
      tag: tagLiteral(field.number, 2),
      statement: packedStatement(field, source),
    };
  }
  if (cardinality.presence === "required") {
    const value = `_gen1.required(${source}, "${name}")`;
    return { ...common, opening: "", statement: statement(value, 4) };
  }
  return { ...common, opening: condition(field, source), statement: statement(source, 8) };
}

function packedStatement(field: Field, source: string): string {
  const { type } = field;
  if (type.kind === "scalar") {
    const code = scalars[type.scalar].arrayCode;
    if (code !== undefined)
      return call(8, "_gen1.write_packed_fixed", ["out", `"${code}"`, source]);
    return call(8, "_gen1.write_packed", ["out", `_gen1.write_${codecOf(field)}`, source]);
  }
  return call(8, "_gen1.write_packed", ["out", "_gen1.write_enum", source]);
}

function condition(field: Field, source: string): string {
  const { cardinality, type } = field;
  const isImplicit =
    cardinality.kind === "singular" &&
    cardinality.presence === "implicit" &&
    type.kind !== "message";
  if (!isImplicit) return `if ${source} is not None:`;
  const isFloat = type.kind === "scalar" && (type.scalar === "double" || type.scalar === "float");
  return isFloat ? `if _gen1.is_set(${source}):` : `if ${source}:`;
}

function oneofWrite(scope: ModuleScope, oneof: Oneof): WriteView {
  const names = scope.names.message(oneof.parent);
  const path = scope.path(oneof.parent);
  const cases = byNumber(oneof.fields).map((field): WriteCaseView => {
    const isDelimited = field.delimited;
    return {
      opening: call(8, `case ${path}.${names.cases.get(field)}`, ["value"], ":"),
      tag: tagLiteral(field.number, wireType(field.type, isDelimited)),
      statement: writeStatement(scope, field.type, codecOf(field), {
        value: "value",
        column: 12,
        isDelimited,
      }),
      closingTag: closing(field),
    };
  });
  const source = `message.${names.oneofs.get(oneof)?.field}`;
  return { isOneof: true, opening: "", tag: "", statement: "", ...none, source, cases };
}
