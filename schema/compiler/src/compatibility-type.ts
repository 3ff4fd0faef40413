/** Compares the types of a field: which scalars the wire and proto-JSON can take for each other, and at what cost. */
import { type Change, changeOf, type Where } from "./compatibility-change.ts";
import type { Field, Scalar, ValueType } from "./model.ts";

/** Scalars of one wire group share an encoding, so that each is read as the other. */
const wireGroups: Readonly<Record<Scalar, string>> = {
  int32: "varint",
  int64: "varint",
  uint32: "varint",
  uint64: "varint",
  bool: "varint",
  sint32: "zigzag",
  sint64: "zigzag",
  fixed32: "four bytes",
  sfixed32: "four bytes",
  fixed64: "eight bytes",
  sfixed64: "eight bytes",
  float: "float",
  double: "double",
  string: "length",
  bytes: "length",
};

/** proto-JSON's integers are numbers or strings of digits, and readers take both. */
function jsonGroup(scalar: Scalar): string {
  return /int|fixed/.test(scalar) ? "integer" : scalar;
}

export type TypeDistance = "same" | "range" | "json" | "wire" | "name";

/** How far apart two types are; the distance is the same in both directions. */
export function typeDistance(left: ValueType, right: ValueType): TypeDistance {
  if (left.kind === "scalar" && right.kind === "scalar") {
    return scalarDistance(left.scalar, right.scalar);
  }
  if (left.kind === "message" && right.kind === "message") {
    return left.message.fullName === right.message.fullName ? "same" : "name";
  }
  if (left.kind === "enum" && right.kind === "enum") {
    return left.enum.fullName === right.enum.fullName ? "same" : "name";
  }
  return encodingOf(left) === encodingOf(right) ? "json" : "wire";
}

export function scalarDistance(left: Scalar, right: Scalar): TypeDistance {
  if (left === right) return "same";
  if (wireGroups[left] !== wireGroups[right]) return "wire";
  return jsonGroup(left) === jsonGroup(right) ? "range" : "json";
}

/** Bytes and an embedded message look alike, and so do enums and integers. */
function encodingOf(type: ValueType): string {
  switch (type.kind) {
    case "scalar":
      return type.scalar === "bytes" ? "message" : wireGroups[type.scalar];
    case "enum":
      return "varint";
    case "message":
      return "message";
    default:
      return type satisfies never;
  }
}

export function compareTypes(before: Field, after: Field, where: Where): readonly Change[] {
  const changes: Change[] = [];
  const words = `the type changed from ${typeText(before.type)} to ${typeText(after.type)}`;
  const distance = typeDistance(before.type, after.type);
  switch (distance) {
    case "same":
      break;
    case "range":
      changes.push(
        changeOf("field-type-range", where, `${words}: values that only one of them has are cut`),
      );
      break;
    case "json":
      changes.push(changeOf("field-type-json", where, `${words}: JSON spells them differently`));
      break;
    case "wire":
      changes.push(changeOf("field-type", where, `${words}: neither reads the other's bytes`));
      break;
    case "name":
      changes.push(changeOf("field-type-name", where, words));
      break;
    default:
      distance satisfies never;
  }
  changes.push(...compareKeys(before, after, where));
  return changes;
}

function compareKeys(before: Field, after: Field, where: Where): readonly Change[] {
  if (before.cardinality.kind !== "map" || after.cardinality.kind !== "map") return [];
  const [old, now] = [before.cardinality.key, after.cardinality.key];
  const distance = scalarDistance(old, now);
  if (distance === "same") return [];
  const kind = distance === "range" ? "field-key-range" : "field-key-type";
  return [changeOf(kind, where, `the type of the keys changed from ${old} to ${now}`)];
}

function typeText(type: ValueType): string {
  switch (type.kind) {
    case "scalar":
      return type.scalar;
    case "enum":
      return `the enum ${type.enum.fullName}`;
    case "message":
      return `the message ${type.message.fullName}`;
    default:
      return type satisfies never;
  }
}
