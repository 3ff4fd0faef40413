/** A message's class as a view: nested types, oneof cases, fields. */
import type { Field, Message, Oneof } from "@nexus-bridge/schema";
import { containerField, lazyField, optionalField, union } from "./layout.ts";
import { scalars } from "./scalars.ts";
import type { ModuleScope } from "./scope.ts";
import { bytesLiteral, stringLiteral } from "./text.ts";
import { valueType } from "./types.ts";
import type { CaseView, FieldView, MessageView } from "./view.ts";
import { documentation, enumView } from "./view-enum.ts";

export function messageView(scope: ModuleScope, message: Message, depth = 0): MessageView {
  const column = depth * 4 + 4;
  const names = scope.names.message(message);
  const bytes = scope.builtin("bytes");
  return {
    name: scope.names.path(message).split(".").at(-1) ?? message.name,
    docstring: documentation(message),
    enums: message.enums.map((nested) => enumView(scope, nested)),
    messages: message.messages.map((nested) => messageView(scope, nested, depth + 1)),
    cases: message.oneofs.flatMap((oneof) => oneof.fields.map((field) => caseView(scope, field))),
    unions: message.oneofs.map((oneof) => {
      const members = oneof.fields.map((field) => names.cases.get(field) ?? field.name);
      const name = names.oneofs.get(oneof)?.union ?? oneof.name;
      return outdented(union(column, name, members), depth * 4);
    }),
    fields: fieldViews(scope, message, column).map((field) => ({
      ...field,
      declaration: outdented(field.declaration, depth * 4),
    })),
    unknownFields: `unknown_fields: ${bytes} = b""`,
  };
}

/** Templates indent nested classes; the lines of one string have that indentation already. */
function outdented(text: string, columns: number): string {
  return text.replaceAll(`\n${" ".repeat(columns)}`, "\n");
}

function caseView(scope: ModuleScope, field: Field): CaseView {
  const name = scope.names.message(field.parent).cases.get(field) ?? field.name;
  return {
    opening: field.pii ? `class ${name}(_gen1.PiiCase):` : `class ${name}:`,
    decorator: field.pii
      ? "@_dataclasses.dataclass(slots=True, repr=False)"
      : "@_dataclasses.dataclass(slots=True)",
    docstring: documentation(field),
    type: valueType(scope, field.type, field.parent),
  };
}

function fieldViews(scope: ModuleScope, message: Message, column: number): readonly FieldView[] {
  const names = scope.names.message(message);
  const seen = new Set<Oneof>();
  const views: FieldView[] = [];
  for (const field of message.fields) {
    if (field.oneof === undefined) {
      const name = names.fields.get(field) ?? field.name;
      views.push({
        declaration: declaration(scope, field, name, column),
        docstring: fieldDocs(field),
      });
      continue;
    }
    if (seen.has(field.oneof)) continue;
    seen.add(field.oneof);
    const oneof = names.oneofs.get(field.oneof);
    const type = `${ownPath(scope, message)}.${oneof?.union}`;
    views.push({
      declaration: optionalField(column, oneof?.field ?? field.oneof.name, type),
      docstring: documentation(field.oneof),
    });
  }
  return views;
}

/** The class itself, as an annotation in its own body. */
function ownPath(scope: ModuleScope, message: Message): string {
  return scope.annotation(message, message);
}

function fieldDocs(field: Field): readonly string[] {
  if (field.defaultValue === undefined || field.type.kind !== "scalar") return documentation(field);
  return documentation(field, `The schema's default is \`${literal(field.defaultValue)}\`.`);
}

function literal(value: NonNullable<Field["defaultValue"]>): string {
  if (value instanceof Uint8Array) return bytesLiteral([...value]);
  return typeof value === "string" ? stringLiteral(value) : String(value);
}

function declaration(scope: ModuleScope, field: Field, name: string, column: number): string {
  const { cardinality } = field;
  const type = valueType(scope, field.type, field.parent);
  if (cardinality.kind === "repeated") {
    const list = { name, container: scope.builtin("list"), items: [type] };
    return containerField(column, list, "_dataclasses.field", "default_factory=_gen1.empty_list");
  }
  if (cardinality.kind === "map") {
    const key = scope.builtin(scalars[cardinality.key].type);
    const dict = { name, container: scope.builtin("dict"), items: [key, type] };
    return containerField(column, dict, "_dataclasses.field", "default_factory=_gen1.empty_dict");
  }
  const isMessage = field.type.kind === "message";
  if (cardinality.presence !== "implicit" || isMessage) {
    const hasNone = isMessage && type === "_gen1.JsonValue";
    return hasNone ? `${name}: ${type} = None` : optionalField(column, name, type);
  }
  if (field.type.kind === "enum") return enumDeclaration(scope, field, name, column);
  const spelling = field.type.kind === "scalar" ? scalars[field.type.scalar].defaultValue : "None";
  return `${name}: ${type} = ${spelling}`;
}

/** A nested enum exists only once the class around it does, so its default is made when a message is. */
function enumDeclaration(scope: ModuleScope, field: Field, name: string, column: number): string {
  if (field.type.kind !== "enum") throw new Error(`${field.fullName} is no enum`);
  const type = field.type.enum;
  const value = `${scope.path(type)}.${scope.names.enumValues(type)[0] ?? ""}`;
  const head = `${name}: ${scope.annotation(type, field.parent)}`;
  if (type.parent === undefined || !scope.isLocal(type)) return `${head} = ${value}`;
  return lazyField(column, head, "_dataclasses.field", value);
}
