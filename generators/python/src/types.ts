/** How a value of the schema is spelt in Python: its annotation, its default, and the statements that write and read it. */
import type { Field, Message, ValueType } from "@nexus-bridge/schema";
import { assignedCall, call } from "./layout.ts";
import { scalars, varintBytes } from "./scalars.ts";
import type { ModuleScope } from "./scope.ts";
import { bytesLiteral } from "./text.ts";
import { wellKnowns } from "./well-known.ts";

/** The annotation of one value, in the class of `within`. */
export function valueType(scope: ModuleScope, type: ValueType, within: Message): string {
  switch (type.kind) {
    case "scalar":
      return scope.builtin(scalars[type.scalar].type);
    case "enum":
      return scope.annotation(type.enum, within);
    case "message":
      return wellKnownType(scope, type.message) ?? scope.annotation(type.message, within);
  }
}

/** The same in a function of the module. */
export function plainType(scope: ModuleScope, type: ValueType): string {
  switch (type.kind) {
    case "scalar":
      return scope.builtin(scalars[type.scalar].type);
    case "enum":
      return scope.path(type.enum);
    case "message":
      return wellKnownType(scope, type.message) ?? scope.path(type.message);
  }
}

function wellKnownType(scope: ModuleScope, message: Message): string | undefined {
  if (message.wellKnown === undefined) return undefined;
  const spelling = wellKnowns[message.wellKnown];
  if (spelling.builtin) return scope.builtin(spelling.type);
  return spelling.type.replace(
    /^(dict|list)\[(str)?/,
    (_, outer: string, inner?: string) =>
      `${scope.builtin(outer)}[${inner === undefined ? "" : scope.builtin(inner)}`,
  );
}

/** The class, where a method takes or gives the message. */
export function messageClass(scope: ModuleScope, message: Message): string {
  if (message.wellKnown === undefined) return scope.path(message);
  return `_gen1.${wellKnowns[message.wellKnown].message}`;
}

/** An expression for a value that nobody set, in a function. */
export function newValue(scope: ModuleScope, type: ValueType): string {
  switch (type.kind) {
    case "scalar":
      return scalars[type.scalar].defaultValue;
    case "enum":
      return `${scope.path(type.enum)}.${scope.names.enumValues(type.enum)[0] ?? ""}`;
    case "message":
      return type.message.wellKnown === undefined
        ? `${scope.path(type.message)}()`
        : wellKnowns[type.message.wellKnown].create;
  }
}

export function wireType(type: ValueType, isDelimited = false): number {
  if (type.kind === "scalar") return scalars[type.scalar].wire;
  if (type.kind === "enum") return 0;
  return isDelimited ? 3 : 2;
}

export function tagNumber(field: number, wire: number): number {
  return field * 8 + wire;
}

export function tagLiteral(field: number, wire: number): string {
  return bytesLiteral(varintBytes(tagNumber(field, wire)));
}

export function scalarCodec(field: Field): string {
  if (field.type.kind !== "scalar") throw new Error(`${field.fullName} is no scalar`);
  return field.type.scalar === "string" && !field.utf8Checked
    ? "unchecked_string"
    : field.type.scalar;
}

/** The function that writes or reads the inside of a message. */
export function messageFunction(
  scope: ModuleScope,
  verb: "write" | "read",
  message: Message,
  isOptional: boolean,
): string {
  if (message.wellKnown !== undefined) {
    const { codec, message: name } = wellKnowns[message.wellKnown];
    if (codec === undefined) return `_gen1.${name}.__nexus_${verb}__`;
    return codec === "value" && verb === "read" && isOptional
      ? "_gen1.read_optional_value"
      : `_gen1.${verb}_${codec}`;
  }
  const path = scope.path(message);
  return scope.isLocal(message) ? scope.functionName(verb, path) : `${path}.__nexus_${verb}__`;
}

/** The statement that appends `value`, behind its tag. */
export function writeStatement(
  scope: ModuleScope,
  type: ValueType,
  codec: string,
  { value, column, isDelimited }: { value: string; column: number; isDelimited: boolean },
): string {
  if (type.kind === "scalar") return call(column, `_gen1.write_${codec}`, ["out", value]);
  if (type.kind === "enum") return call(column, "_gen1.write_enum", ["out", value]);
  const write = messageFunction(scope, "write", type.message, false);
  if (isDelimited) return call(column, write, [value, "out"]);
  return call(column, "_gen1.write_message", ["out", write, value]);
}

const source = ["data", "position", "end"];

/** The statement that sets `target` (and `position`) from the bytes; `previous` is what a message is merged into. */
export function readStatement(
  scope: ModuleScope,
  type: ValueType,
  codec: string,
  options: {
    readonly target: string;
    readonly previous: string;
    readonly column: number;
    readonly isDelimited: boolean;
    readonly isOptional: boolean;
  },
): string {
  const { target, previous, column, isDelimited } = options;
  const set = `${target}, position`;
  if (type.kind === "scalar") return assignedCall(column, set, `_gen1.read_${codec}`, source);
  if (type.kind === "enum") {
    return assignedCall(column, set, "_gen1.read_enum", [scope.path(type.enum), ...source]);
  }
  const read = messageFunction(scope, "read", type.message, options.isOptional);
  const args = [read, previous, ...source, "depth"];
  if (isDelimited) return assignedCall(column, set, "_gen1.read_group", [...args, "tag"]);
  return assignedCall(column, set, "_gen1.read_message", args);
}
