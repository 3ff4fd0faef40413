/** How a message is read: one branch for each tag that a field may come with. */
import type { Field, Message, ValueType } from "@nexus-bridge/schema";
import { call } from "./layout.ts";
import { byNumber } from "./names.ts";
import { scalars } from "./scalars.ts";
import type { ModuleScope } from "./scope.ts";
import { readStatement, tagNumber, wireType } from "./types.ts";
import type { ReadView } from "./view.ts";
import { codecOf } from "./view-write.ts";

const column = 12;

interface Branch {
  readonly tag: number;
  readonly statements: readonly string[];
}

export function readViews(scope: ModuleScope, message: Message): readonly ReadView[] {
  return branchViews(byNumber(message.fields).flatMap((field) => branches(scope, field)));
}

export function branchViews(all: readonly Branch[]): readonly ReadView[] {
  return all.map(({ tag, statements }, index) => ({
    keyword: index === 0 ? "if" : "elif",
    tag: String(tag),
    statements,
  }));
}

function branches(scope: ModuleScope, field: Field): readonly Branch[] {
  const tag = tagNumber(field.number, wireType(field.type, field.delimited));
  if (field.oneof !== undefined) return [{ tag, statements: caseStatements(scope, field) }];
  const name = scope.names.message(field.parent).fields.get(field) ?? field.name;
  const target = `message.${name}`;
  const { cardinality } = field;
  if (cardinality.kind === "map") {
    const read = scope.functionName("read", `${scope.path(field.parent)}.${name}.Entry`);
    const args = [read, "None", "data", "position", "end", "depth"];
    const statements = [
      call(column, "entry, position = _gen1.read_message", args),
      `${target}[entry[0]] = entry[1]`,
    ];
    return [{ tag: tagNumber(field.number, 2), statements }];
  }
  if (cardinality.kind === "repeated") return repeatedBranches(scope, field, target);
  return [{ tag, statements: valueStatements(scope, field, target, target, true) }];
}

function repeatedBranches(scope: ModuleScope, field: Field, target: string): readonly Branch[] {
  const tag = tagNumber(field.number, wireType(field.type, field.delimited));
  const isClosed = field.type.kind === "enum" && field.type.enum.closed;
  const single: Branch = {
    tag,
    statements: isClosed
      ? closedStatements(scope, field.type, `${target}.append(value)`)
      : [...valueStatements(scope, field, "value", "None", false), `${target}.append(value)`],
  };
  if (wireType(field.type) === 2) return [single];
  const packed: Branch = {
    tag: tagNumber(field.number, 2),
    statements: [packedStatement(scope, field, target)],
  };
  const isPacked = field.cardinality.kind === "repeated" && field.cardinality.packed;
  return isPacked ? [packed, single] : [single, packed];
}

function packedStatement(scope: ModuleScope, field: Field, target: string): string {
  const source = ["data", "position", "end"];
  const { type } = field;
  if (type.kind === "enum") {
    const path = scope.path(type.enum);
    if (!type.enum.closed) {
      return call(column, "position = _gen1.read_packed_enum", [path, target, ...source]);
    }
    const args = [path, target, "unknown", String(field.number), ...source];
    return call(column, "position = _gen1.read_packed_closed_enum", args);
  }
  const { arrayCode, type: kind } = scalars[type.kind === "scalar" ? type.scalar : "bytes"];
  if (arrayCode !== undefined) {
    const read = kind === "float" ? "read_packed_floats" : "read_packed_integers";
    return call(column, `position = _gen1.${read}`, [`"${arrayCode}"`, target, ...source]);
  }
  return call(column, "position = _gen1.read_packed", [
    `_gen1.read_${codecOf(field)}`,
    target,
    ...source,
  ]);
}

function caseStatements(scope: ModuleScope, field: Field): readonly string[] {
  const names = scope.names.message(field.parent);
  const target = `message.${field.oneof && names.oneofs.get(field.oneof)?.field}`;
  const kind = `${scope.path(field.parent)}.${names.cases.get(field)}`;
  const set = call(column, `${target} = ${kind}`, ["value"]);
  if (field.type.kind === "enum" && field.type.enum.closed) {
    return closedStatements(scope, field.type, call(column + 4, `${target} = ${kind}`, ["value"]));
  }
  if (field.type.kind !== "message") {
    return [...valueStatements(scope, field, "value", "None", false), set];
  }
  return [
    call(column, "value = _gen1.held", [target, kind]),
    ...valueStatements(scope, field, "value", "value", false),
    set,
  ];
}

function valueStatements(
  scope: ModuleScope,
  field: Field,
  target: string,
  previous: string,
  isOptional: boolean,
): readonly string[] {
  if (field.type.kind === "enum" && field.type.enum.closed) {
    return closedStatements(scope, field.type, `${target} = value`);
  }
  return [
    readStatement(scope, field.type, codecOf(field), {
      target,
      previous,
      column,
      isDelimited: field.delimited,
      isOptional,
    }),
  ];
}

/** A number that a closed enum does not name stays among the unknown fields. */
function closedStatements(scope: ModuleScope, type: ValueType, set: string): readonly string[] {
  if (type.kind !== "enum") throw new Error("only an enum is closed");
  const args = [scope.path(type.enum), "data", "position", "end"];
  return [
    call(column, "value, position = _gen1.read_closed_enum", args),
    "if value is None:",
    "    unknown += data[start:position]",
    "else:",
    `    ${set}`,
  ];
}
