/** What each scalar type needs on the wire and in JSON, in one table over the codec's own readers and writers. */
import {
  boolFromJson,
  boolKeyFromJson,
  bytesFromJson,
  bytesToJson,
  doubleFromJson,
  doubleToJson,
  floatFromJson,
  floatToJson,
  int32FromJson,
  int64FromJson,
  int64ToJson,
  type JsonReadOptions,
  type JsonValue,
  type Reader,
  stringFromJson,
  uint32FromJson,
  uint64FromJson,
  type Writer,
} from "@nexus-bridge/codec";
import type { Scalar } from "@nexus-bridge/schema";

export type ScalarValue = number | bigint | string | boolean | Uint8Array;

export interface ScalarCodec {
  /** protobuf's wire type. */
  readonly wire: 0 | 1 | 2 | 5;
  /** What an absent value reads as. */
  zero(): ScalarValue;
  isZero(value: ScalarValue): boolean;
  write(writer: Writer, tag: number, value: ScalarValue): void;
  read(reader: Reader): ScalarValue;
  fromJson(json: JsonValue, options: JsonReadOptions | undefined, path: string): ScalarValue;
  /** A key of an object is always a string. */
  keyFromJson(json: JsonValue, options: JsonReadOptions | undefined, path: string): ScalarValue;
  toJson(value: ScalarValue): JsonValue;
}

interface Row<Value extends ScalarValue> {
  readonly wire: ScalarCodec["wire"];
  readonly zero: Value;
  readonly is: (value: ScalarValue) => value is Value;
  readonly write: (writer: Writer, tag: number, value: Value) => void;
  readonly read: (reader: Reader) => Value;
  readonly fromJson: (json: JsonValue, options: JsonReadOptions | undefined, path: string) => Value;
  readonly toJson: (value: Value) => JsonValue;
  readonly keyFromJson?: (
    json: JsonValue,
    options: JsonReadOptions | undefined,
    path: string,
  ) => Value;
}

/** Values come from `read` or `fromJson` of the same row, so that the check only ever proves what holds. */
function codec<Value extends ScalarValue>(row: Row<Value>): ScalarCodec {
  const checked = (value: ScalarValue): Value => {
    if (row.is(value)) return value;
    throw new TypeError(`a ${typeof value} where the schema has another type`);
  };
  return {
    wire: row.wire,
    zero: () => row.zero,
    isZero: (value) =>
      value instanceof Uint8Array ? value.length === 0 : Object.is(value, row.zero),
    write: (writer, tag, value) => row.write(writer, tag, checked(value)),
    read: row.read,
    fromJson: row.fromJson,
    keyFromJson: row.keyFromJson ?? row.fromJson,
    toJson: (value) => row.toJson(checked(value)),
  };
}

const isNumber = (value: ScalarValue): value is number => typeof value === "number";
const isBigint = (value: ScalarValue): value is bigint => typeof value === "bigint";
const isString = (value: ScalarValue): value is string => typeof value === "string";
const isBoolean = (value: ScalarValue): value is boolean => typeof value === "boolean";
const isBytes = (value: ScalarValue): value is Uint8Array => value instanceof Uint8Array;
const same = <Value>(value: Value): Value => value;

const int = { zero: 0, is: isNumber, toJson: same, fromJson: int32FromJson } as const;
const uint = { ...int, fromJson: uint32FromJson } as const;
const long = { zero: 0n, is: isBigint, toJson: int64ToJson, fromJson: int64FromJson } as const;
const ulong = { ...long, fromJson: uint64FromJson } as const;
const real = { zero: 0, is: isNumber } as const;

const text: Row<string> = {
  wire: 2,
  zero: "",
  is: isString,
  write: (writer, tag, value) => writer.string(tag, value),
  read: (reader) => reader.string(),
  fromJson: stringFromJson,
  toJson: same,
};

const codecs: Readonly<Record<Scalar, ScalarCodec>> = {
  int32: codec<number>({
    ...int,
    wire: 0,
    write: (writer, tag, value) => writer.int32(tag, value),
    read: (reader) => reader.int32(),
  }),
  sint32: codec<number>({
    ...int,
    wire: 0,
    write: (writer, tag, value) => writer.sint32(tag, value),
    read: (reader) => reader.sint32(),
  }),
  sfixed32: codec<number>({
    ...int,
    wire: 5,
    write: (writer, tag, value) => writer.sfixed32(tag, value),
    read: (reader) => reader.sfixed32(),
  }),
  uint32: codec<number>({
    ...uint,
    wire: 0,
    write: (writer, tag, value) => writer.uint32(tag, value),
    read: (reader) => reader.uint32(),
  }),
  fixed32: codec<number>({
    ...uint,
    wire: 5,
    write: (writer, tag, value) => writer.fixed32(tag, value),
    read: (reader) => reader.fixed32(),
  }),
  int64: codec<bigint>({
    ...long,
    wire: 0,
    write: (writer, tag, value) => writer.int64(tag, value),
    read: (reader) => reader.int64(),
  }),
  sint64: codec<bigint>({
    ...long,
    wire: 0,
    write: (writer, tag, value) => writer.sint64(tag, value),
    read: (reader) => reader.sint64(),
  }),
  sfixed64: codec<bigint>({
    ...long,
    wire: 1,
    write: (writer, tag, value) => writer.sfixed64(tag, value),
    read: (reader) => reader.sfixed64(),
  }),
  uint64: codec<bigint>({
    ...ulong,
    wire: 0,
    write: (writer, tag, value) => writer.uint64(tag, value),
    read: (reader) => reader.uint64(),
  }),
  fixed64: codec<bigint>({
    ...ulong,
    wire: 1,
    write: (writer, tag, value) => writer.fixed64(tag, value),
    read: (reader) => reader.fixed64(),
  }),
  double: codec<number>({
    ...real,
    wire: 1,
    write: (writer, tag, value) => writer.double(tag, value),
    read: (reader) => reader.double(),
    fromJson: doubleFromJson,
    toJson: doubleToJson,
  }),
  float: codec<number>({
    ...real,
    wire: 5,
    write: (writer, tag, value) => writer.float(tag, value),
    read: (reader) => reader.float(),
    fromJson: floatFromJson,
    toJson: floatToJson,
  }),
  bool: codec<boolean>({
    wire: 0,
    zero: false,
    is: isBoolean,
    write: (writer, tag, value) => writer.bool(tag, value),
    read: (reader) => reader.bool(),
    fromJson: boolFromJson,
    keyFromJson: boolKeyFromJson,
    toJson: same,
  }),
  string: codec(text),
  bytes: codec<Uint8Array>({
    wire: 2,
    zero: new Uint8Array(0),
    is: isBytes,
    write: (writer, tag, value) => writer.byteString(tag, value),
    read: (reader) => reader.byteString(),
    fromJson: bytesFromJson,
    toJson: bytesToJson,
  }),
};

const uncheckedText: ScalarCodec = codec({ ...text, read: (reader) => reader.uncheckedString() });

/** `utf8Checked` is the field's; it means something for strings only. */
export function scalarCodec(scalar: Scalar, utf8Checked: boolean): ScalarCodec {
  return scalar === "string" && !utf8Checked ? uncheckedText : codecs[scalar];
}

/** Enums on the wire; their JSON needs the schema. */
export const enumCodec: ScalarCodec = codecs.int32;
