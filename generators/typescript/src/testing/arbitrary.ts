/** Any value of a message type, as the generated `create` gives it: every field from the model, nothing else. */
import type { Field, Message, Scalar, ValueType } from "@nexus-bridge/schema";
import fc from "fast-check";
import { caseNames, memberNames } from "../naming.ts";

const depthMax = 3;
const float = fc.float({ noNaN: true });
const signed = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const unsigned = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.string({ maxLength: 200 }),
);

const scalars: Readonly<Record<Scalar, fc.Arbitrary<unknown>>> = {
  double: fc.double({ noNaN: true }),
  float,
  int32: fc.integer(),
  int64: signed,
  uint32,
  uint64: unsigned,
  sint32: fc.integer(),
  sint64: signed,
  fixed32: uint32,
  fixed64: unsigned,
  sfixed32: fc.integer(),
  sfixed64: signed,
  bool: fc.boolean(),
  string: text,
  bytes: fc.uint8Array({ maxLength: 300 }),
};

export function initOf(message: Message, depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const names = memberNames(message);
  const members: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of message.fields) {
    if (field.oneof !== undefined || (isNested(field) && depth >= depthMax)) continue;
    members[names.get(field.name) ?? ""] = fieldOf(field, depth);
  }
  for (const oneof of message.oneofs) {
    const cases = caseNames(oneof.fields);
    const fields = oneof.fields.filter((field) => !isNested(field) || depth < depthMax);
    const values = fields.map((field) =>
      fc.record({ case: fc.constant(cases.get(field.name)), value: anyOf(field.type, depth) }),
    );
    members[names.get(oneof.name) ?? ""] = fc.oneof(...values);
  }
  return fc.record(members, { requiredKeys: [] });
}

function isNested(field: Field): boolean {
  return field.type.kind === "message";
}

function fieldOf(field: Field, depth: number): fc.Arbitrary<unknown> {
  const { cardinality } = field;
  const value = anyOf(field.type, depth);
  if (cardinality.kind === "repeated") return fc.array(value, { maxLength: 5 });
  if (cardinality.kind === "singular") return value;
  const entries = fc.array(fc.tuple(scalars[cardinality.key], value), { maxLength: 4 });
  return entries.map((pairs) => new Map(pairs as [unknown, unknown][]));
}

function anyOf(type: ValueType, depth: number): fc.Arbitrary<unknown> {
  if (type.kind === "scalar") return scalars[type.scalar];
  if (type.kind === "enum") return fc.constantFrom(...type.enum.values.map(({ number }) => number));
  return wellKnownOf(type.message) ?? initOf(type.message, depth + 1);
}

function wellKnownOf(message: Message): fc.Arbitrary<unknown> | undefined {
  switch (message.wellKnown) {
    case undefined:
      return undefined;
    case "timestamp":
      return fc.record({
        seconds: fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }),
        nanos: fc.integer({ min: 0, max: 999_999_999 }),
      });
    case "duration":
      return fc.record({
        seconds: fc.bigInt({ min: 0n, max: 315_576_000_000n }),
        nanos: fc.integer({ min: 0, max: 999_999_999 }),
      });
    case "struct":
      return fc.dictionary(fc.string(), json, { maxKeys: 3 });
    case "list_value":
      return fc.array(json, { maxLength: 3 });
    case "value":
      return json;
    case "empty":
      return fc.constant({});
    case "any":
      return fc.constant({ typeUrl: "", value: new Uint8Array(0) });
    case "field_mask":
      return fc.record({ paths: fc.constantFrom([], ["a.b_c"], ["one", "two.three_four"]) });
    default:
      return scalars[message.wellKnown.replace("_value", "") as Scalar];
  }
}

const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 2, depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.string(),
    fc.integer(),
    fc.array(tie("json"), { maxLength: 3 }),
    fc.dictionary(
      fc.string().filter((key) => key !== "__proto__"),
      tie("json"),
      { maxKeys: 3, noNullPrototype: true },
    ),
  ),
}));
