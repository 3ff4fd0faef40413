/** How each scalar is spelt in TypeScript: its type, its default, and its functions in the codec and in JSON. */
import type { Field, Scalar } from "@nexus-bridge/schema";
import { stringLiteral } from "./literal.ts";

export interface ScalarWords {
  readonly type: "number" | "bigint" | "boolean" | "string" | "Uint8Array";
  readonly zero: string;
  /** The method of Reader and Writer. */
  readonly method: string;
  /** `readPacked...`; undefined where the type is never packed. */
  readonly packed: string | undefined;
  /** 0 varint, 1 eight bytes, 2 length, 5 four bytes. */
  readonly wireType: 0 | 1 | 2 | 5;
  /** The function of gen1; undefined where the value is itself in JSON. */
  readonly toJson: string | undefined;
  readonly fromJson: string;
}

type WordKind = "number" | "bigint" | "real";

function row(method: string, kind: WordKind, wireType: 0 | 1 | 5): ScalarWords {
  const packed = method.charAt(0).toUpperCase() + method.slice(1);
  const isSigned = !method.startsWith("u") && !method.startsWith("f");
  if (kind === "real") {
    return {
      type: "number",
      zero: "0",
      method,
      packed,
      wireType,
      toJson: `${method}ToJson`,
      fromJson: `${method}FromJson`,
    };
  }
  const size = kind === "bigint" ? 64 : 32;
  return {
    type: kind,
    zero: kind === "bigint" ? "0n" : "0",
    method,
    packed,
    wireType,
    toJson: kind === "bigint" ? "int64ToJson" : undefined,
    fromJson: `${isSigned ? "int" : "uint"}${size}FromJson`,
  };
}

export const scalars: Readonly<Record<Scalar, ScalarWords>> = {
  double: row("double", "real", 1),
  float: row("float", "real", 5),
  int32: row("int32", "number", 0),
  int64: row("int64", "bigint", 0),
  uint32: row("uint32", "number", 0),
  uint64: row("uint64", "bigint", 0),
  sint32: row("sint32", "number", 0),
  sint64: row("sint64", "bigint", 0),
  fixed32: row("fixed32", "number", 5),
  fixed64: row("fixed64", "bigint", 1),
  sfixed32: row("sfixed32", "number", 5),
  sfixed64: row("sfixed64", "bigint", 1),
  bool: {
    type: "boolean",
    zero: "false",
    method: "bool",
    packed: "Bool",
    wireType: 0,
    toJson: undefined,
    fromJson: "boolFromJson",
  },
  string: {
    type: "string",
    zero: '""',
    method: "string",
    packed: undefined,
    wireType: 2,
    toJson: undefined,
    fromJson: "stringFromJson",
  },
  bytes: {
    type: "Uint8Array",
    zero: "new Uint8Array(0)",
    method: "byteString",
    packed: undefined,
    wireType: 2,
    toJson: "bytesToJson",
    fromJson: "bytesFromJson",
  },
};

/** proto2's `[default = ...]` as text for the documentation. */
export function defaultText(field: Field): string | undefined {
  const value = field.defaultValue;
  if (value === undefined) return undefined;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === "string") return stringLiteral(value);
  if (field.type.kind === "enum") {
    return field.type.enum.values.find((item) => item.number === value)?.name ?? String(value);
  }
  return String(value);
}
