/**
 * The wrappers of google/protobuf/wrappers.proto: as a field each is its scalar or undefined, so that as a message it is
 * the scalar itself; unknown fields have no place there and are dropped.
 */
import { decode, encode } from "../encoding.ts";
import {
  type JsonReadOptions,
  type JsonType,
  type JsonValue,
  rootPath,
} from "../json/json-value.ts";
import {
  boolFromJson,
  bytesFromJson,
  bytesToJson,
  doubleFromJson,
  doubleToJson,
  floatFromJson,
  floatToJson,
  int32FromJson,
  int64FromJson,
  int64ToJson,
  stringFromJson,
  uint32FromJson,
  uint64FromJson,
} from "../json/scalars.ts";
import { parseJsonText } from "../json/text.ts";
import type { MessageType } from "../message-type.ts";
import type { Reader } from "../reader.ts";
import type { Writer } from "../writer.ts";

interface Wrapped<T> {
  readonly typeName: string;
  readonly fingerprint: bigint;
  /** The tag of field 1. */
  readonly tag: number;
  readonly zero: T;
  readonly write: (writer: Writer, tag: number, value: T) => void;
  readonly read: (reader: Reader) => T;
  readonly isZero: (value: T) => boolean;
}

function wrapper<T>(wrapped: Wrapped<T>): MessageType<T> {
  const { typeName, fingerprint, tag, zero } = wrapped;
  const write = (writer: Writer, value: T): void => {
    if (!wrapped.isZero(value)) wrapped.write(writer, tag, value);
  };
  const read = (reader: Reader, end: number, base?: T): T => {
    let value = base ?? zero;
    while (reader.position < end) {
      const found = reader.tag();
      if (found === tag) value = wrapped.read(reader);
      else reader.skip(found);
    }
    reader.close(end);
    return value;
  };
  return {
    typeName,
    fingerprint,
    create: (init) => init ?? zero,
    encode: (value) => encode(write, value),
    decode: (bytes) => decode(read, bytes),
    write,
    read,
  };
}

function wrapperJson<T>(
  type: MessageType<T>,
  toJson: (value: T) => JsonValue,
  fromJson: (json: JsonValue, options: JsonReadOptions | undefined, path: string) => T,
): JsonType<T> {
  return {
    type,
    stringify: (value) => JSON.stringify(toJson(value)),
    parse: (text, options) => fromJson(parseJsonText(text), options, rootPath),
    toJson,
    fromJson: (json, options, path = rootPath) => fromJson(json, options, path),
  };
}

export const DoubleValue: MessageType<number> = /* @__PURE__ */ wrapper<number>({
  typeName: "google.protobuf.DoubleValue",
  fingerprint: 0x0ceb597455c74f79n,
  tag: 9,
  zero: 0,
  write: (writer, tag, value) => writer.double(tag, value),
  read: (reader) => reader.double(),
  isZero: (value) => Object.is(value, 0),
});

export const DoubleValueJson: JsonType<number> = /* @__PURE__ */ wrapperJson<number>(
  DoubleValue,
  doubleToJson,
  doubleFromJson,
);

export const FloatValue: MessageType<number> = /* @__PURE__ */ wrapper<number>({
  typeName: "google.protobuf.FloatValue",
  fingerprint: 0x39e66c21bf7321a0n,
  tag: 13,
  zero: 0,
  write: (writer, tag, value) => writer.float(tag, value),
  read: (reader) => reader.float(),
  isZero: (value) => Object.is(value, 0),
});

export const FloatValueJson: JsonType<number> = /* @__PURE__ */ wrapperJson<number>(
  FloatValue,
  floatToJson,
  floatFromJson,
);

export const Int64Value: MessageType<bigint> = /* @__PURE__ */ wrapper<bigint>({
  typeName: "google.protobuf.Int64Value",
  fingerprint: 0x663e0165e4d9561dn,
  tag: 8,
  zero: 0n,
  write: (writer, tag, value) => writer.int64(tag, value),
  read: (reader) => reader.int64(),
  isZero: (value) => value === 0n,
});

export const Int64ValueJson: JsonType<bigint> = /* @__PURE__ */ wrapperJson<bigint>(
  Int64Value,
  int64ToJson,
  int64FromJson,
);

export const UInt64Value: MessageType<bigint> = /* @__PURE__ */ wrapper<bigint>({
  typeName: "google.protobuf.UInt64Value",
  fingerprint: 0x6c33f1a926cdbad8n,
  tag: 8,
  zero: 0n,
  write: (writer, tag, value) => writer.uint64(tag, value),
  read: (reader) => reader.uint64(),
  isZero: (value) => value === 0n,
});

export const UInt64ValueJson: JsonType<bigint> = /* @__PURE__ */ wrapperJson<bigint>(
  UInt64Value,
  int64ToJson,
  uint64FromJson,
);

export const Int32Value: MessageType<number> = /* @__PURE__ */ wrapper<number>({
  typeName: "google.protobuf.Int32Value",
  fingerprint: 0xeeed06447cfe5203n,
  tag: 8,
  zero: 0,
  write: (writer, tag, value) => writer.int32(tag, value),
  read: (reader) => reader.int32(),
  isZero: (value) => value === 0,
});

export const Int32ValueJson: JsonType<number> = /* @__PURE__ */ wrapperJson<number>(
  Int32Value,
  (value) => value,
  int32FromJson,
);

export const UInt32Value: MessageType<number> = /* @__PURE__ */ wrapper<number>({
  typeName: "google.protobuf.UInt32Value",
  fingerprint: 0x2a952a5e5ee9e572n,
  tag: 8,
  zero: 0,
  write: (writer, tag, value) => writer.uint32(tag, value),
  read: (reader) => reader.uint32(),
  isZero: (value) => value === 0,
});

export const UInt32ValueJson: JsonType<number> = /* @__PURE__ */ wrapperJson<number>(
  UInt32Value,
  (value) => value,
  uint32FromJson,
);

export const BoolValue: MessageType<boolean> = /* @__PURE__ */ wrapper<boolean>({
  typeName: "google.protobuf.BoolValue",
  fingerprint: 0x78005f8e792ef8dan,
  tag: 8,
  zero: false,
  write: (writer, tag, value) => writer.bool(tag, value),
  read: (reader) => reader.bool(),
  isZero: (value) => !value,
});

export const BoolValueJson: JsonType<boolean> = /* @__PURE__ */ wrapperJson<boolean>(
  BoolValue,
  (value) => value,
  boolFromJson,
);

export const StringValue: MessageType<string> = /* @__PURE__ */ wrapper<string>({
  typeName: "google.protobuf.StringValue",
  fingerprint: 0xc05dd13933af2ab5n,
  tag: 10,
  zero: "",
  write: (writer, tag, value) => writer.string(tag, value),
  read: (reader) => reader.string(),
  isZero: (value) => value === "",
});

export const StringValueJson: JsonType<string> = /* @__PURE__ */ wrapperJson<string>(
  StringValue,
  (value) => value,
  stringFromJson,
);

export const BytesValue: MessageType<Uint8Array> = /* @__PURE__ */ wrapper<Uint8Array>({
  typeName: "google.protobuf.BytesValue",
  fingerprint: 0x2a2c670395e07951n,
  tag: 10,
  zero: new Uint8Array(0),
  write: (writer, tag, value) => writer.byteString(tag, value),
  read: (reader) => reader.byteString(),
  isZero: (value) => value.length === 0,
});

export const BytesValueJson: JsonType<Uint8Array> = /* @__PURE__ */ wrapperJson<Uint8Array>(
  BytesValue,
  bytesToJson,
  bytesFromJson,
);
