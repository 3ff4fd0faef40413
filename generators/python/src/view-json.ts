/** The tables behind proto-JSON: how a message's fields and an enum's values are called outside Python. */
import type { Enum, Field, Message } from "@nexus-bridge/schema";
import { call, tallCall, tuple, width } from "./layout.ts";
import type { ModuleScope } from "./scope.ts";
import { stringLiteral } from "./text.ts";
import { messageClass } from "./types.ts";

/** A function, since the classes of other modules are there only when it is called; empty without fields. */
export function jsonFields(scope: ModuleScope, message: Message): string {
  if (message.fields.length === 0) return "";
  const name = scope.functionName("json", scope.path(message));
  const lines = message.fields.map((field) => {
    const row = call(8, "_gen1.json_field", fieldArguments(scope, field), ",");
    return `        ${row}\n`;
  });
  const result = `${scope.builtin("list")}[_gen1.JsonField]`;
  return `${opening(name, result)}\n    return [\n${lines.join("")}    ]`;
}

function opening(name: string, result: string): string {
  const line = `def ${name}() -> ${result}:`;
  return line.length <= width ? line : `def ${name}() -> (\n    ${result}\n):`;
}

function fieldArguments(scope: ModuleScope, field: Field): readonly string[] {
  const names = scope.names.message(field.parent);
  const { cardinality, oneof } = field;
  const attribute =
    (oneof === undefined ? names.fields.get(field) : names.oneofs.get(oneof)?.field) ?? field.name;
  const rest: string[] = [];
  if (oneof !== undefined) {
    rest.push(`case=${scope.path(field.parent)}.${names.cases.get(field) ?? field.name}`);
  }
  if (cardinality.kind === "map") rest.push(`key=${stringLiteral(cardinality.key)}`);
  if (cardinality.kind === "repeated") rest.push("repeated=True");
  if (cardinality.kind === "singular" && oneof === undefined) {
    if (cardinality.presence === "implicit" && field.type.kind !== "message") {
      rest.push("implicit=True");
    }
    if (cardinality.presence === "required") rest.push("required=True");
  }
  return [
    stringLiteral(attribute),
    stringLiteral(field.name),
    stringLiteral(field.jsonName),
    typeOf(scope, field),
    ...rest,
  ];
}

function typeOf(scope: ModuleScope, { type }: Field): string {
  switch (type.kind) {
    case "scalar":
      return stringLiteral(type.scalar);
    case "enum":
      return scope.path(type.enum);
    case "message":
      return messageClass(scope, type.message);
  }
}

/** The statement that tells the runtime the names of an enum's values. */
export function enumNames(scope: ModuleScope, type: Enum): string {
  const rows = type.values.map((value) =>
    tuple(4, "", [stringLiteral(value.name), String(value.number)]),
  );
  return tallCall(0, "_gen1.register_enum", [scope.path(type), ...rows]);
}
