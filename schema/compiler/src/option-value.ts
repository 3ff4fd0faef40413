/** Turns a written value into one of a field's type, exactly, or says why it is none. */
import type { LinkedField, OptionValue } from "./linked.ts";
import type { Scalar } from "./model.ts";
import { meant } from "./suggest.ts";
import type { ValueSyntax } from "./syntax.ts";
import { utf8Text } from "./utf8.ts";

export type Converted =
  | { readonly kind: "value"; readonly value: Exclude<OptionValue, { kind: "options" }> }
  | { readonly kind: "fault"; readonly message: string; readonly help?: string | undefined };

interface IntegerRange {
  readonly min: bigint;
  readonly max: bigint;
}

const int32: IntegerRange = { min: -(2n ** 31n), max: 2n ** 31n - 1n };
const uint32: IntegerRange = { min: 0n, max: 2n ** 32n - 1n };
const int64: IntegerRange = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const uint64: IntegerRange = { min: 0n, max: 2n ** 64n - 1n };

export const integerRanges: ReadonlyMap<Scalar, IntegerRange> = new Map([
  ["int32", int32],
  ["sint32", int32],
  ["sfixed32", int32],
  ["uint32", uint32],
  ["fixed32", uint32],
  ["int64", int64],
  ["sint64", int64],
  ["sfixed64", int64],
  ["uint64", uint64],
  ["fixed64", uint64],
]);

/** `isLiteral`: inside a message literal, where text format allows a little more. */
export function convertValue(
  field: LinkedField,
  syntax: ValueSyntax,
  isLiteral: boolean,
): Converted {
  const { type } = field;
  if (type === undefined || type.kind === "message")
    return fault(field, syntax, "a message literal");
  if (type.kind === "enum") return enumNumber(field, syntax, isLiteral);
  const { scalar } = type;
  switch (scalar) {
    case "bool":
      return bool(field, syntax, isLiteral);
    case "string":
      return text(field, syntax);
    case "bytes":
      return syntax.kind === "string" ? value(syntax.bytes) : fault(field, syntax, "a string");
    case "double":
    case "float":
      return real(field, syntax, scalar === "float");
    default:
      return integer(field, syntax, scalar);
  }
}

function integer(field: LinkedField, syntax: ValueSyntax, scalar: Scalar): Converted {
  const range = integerRanges.get(scalar) ?? int32;
  if (syntax.kind === "float" && Object.is(syntax.value, -0))
    return value(range === int64 ? 0n : 0);
  if (syntax.kind !== "integer") return fault(field, syntax, "an integer");
  if (syntax.value < range.min || syntax.value > range.max) {
    return {
      kind: "fault",
      message: `${syntax.value} is out of the range of ${scalar}`,
      help: `${range.min} to ${range.max}`,
    };
  }
  const isLong = range === int64 || range === uint64;
  return value(isLong ? syntax.value : Number(syntax.value));
}

function real(field: LinkedField, syntax: ValueSyntax, isFloat: boolean): Converted {
  if (syntax.kind === "integer") return value(narrow(Number(syntax.value), isFloat));
  if (syntax.kind === "float") return value(narrow(syntax.value, isFloat));
  if (syntax.kind !== "identifier") return fault(field, syntax, "a number");
  const sign = syntax.negative ? -1 : 1;
  const word = syntax.text.toLowerCase();
  if (word === "inf" || word === "infinity") return value(sign * Number.POSITIVE_INFINITY);
  if (word === "nan") return value(Number.NaN);
  return fault(field, syntax, "a number, inf or nan");
}

function narrow(number: number, isFloat: boolean): number {
  return isFloat ? Math.fround(number) : number;
}

function bool(field: LinkedField, syntax: ValueSyntax, isLiteral: boolean): Converted {
  if (syntax.kind === "identifier" && !syntax.negative) {
    if (syntax.text === "true") return value(true);
    if (syntax.text === "false") return value(false);
    if (isLiteral && /^(t|True)$/.test(syntax.text)) return value(true);
    if (isLiteral && /^(f|False)$/.test(syntax.text)) return value(false);
  }
  if (isLiteral && syntax.kind === "integer" && (syntax.value === 0n || syntax.value === 1n)) {
    return value(syntax.value === 1n);
  }
  return fault(field, syntax, "true or false");
}

function text(field: LinkedField, syntax: ValueSyntax): Converted {
  if (syntax.kind !== "string") return fault(field, syntax, "a string");
  const decoded = utf8Text(syntax.bytes);
  if (decoded !== undefined) return value(decoded);
  return { kind: "fault", message: `the value of \`${field.name}\` is not valid UTF-8` };
}

function enumNumber(field: LinkedField, syntax: ValueSyntax, isLiteral: boolean): Converted {
  if (field.type?.kind !== "enum") return fault(field, syntax, "an enum value");
  const { values, fullName, features } = field.type.enum;
  if (syntax.kind === "identifier" && !syntax.negative) {
    const found = values.find((candidate) => candidate.name === syntax.text);
    if (found !== undefined) return value(found.number);
    const names = values.map((candidate) => candidate.name);
    return {
      kind: "fault",
      message: `the enum \`${fullName}\` has no value \`${syntax.text}\``,
      help: meant(syntax.text, names) ?? `one of ${names.slice(0, 12).join(", ")}`,
    };
  }
  if (isLiteral && syntax.kind === "integer") {
    const number = Number(syntax.value);
    const isKnown = values.some((candidate) => candidate.number === number);
    const isOpen = features.enumType === "OPEN" && syntax.value === BigInt(number | 0);
    if (isKnown || isOpen) return value(number);
  }
  return fault(field, syntax, `a value of \`${fullName}\``);
}

function value(converted: Exclude<OptionValue, { kind: "options" }>): Converted {
  return { kind: "value", value: converted };
}

function fault(field: LinkedField, syntax: ValueSyntax, wanted: string): Converted {
  const given: Record<ValueSyntax["kind"], string> = {
    identifier: "a name",
    integer: "an integer",
    float: "a number with a fraction",
    string: "a string",
    list: "a list",
    message: "a message literal",
  };
  return { kind: "fault", message: `\`${field.name}\` takes ${wanted}, not ${given[syntax.kind]}` };
}
