/**
 * google.protobuf.Struct, Value and ListValue: JSON values as they are. A value that says nothing is null; unknown fields
 * inside them are dropped, because a JSON value has no place for them.
 */
import { CodecError } from "../codec-error.ts";
import { decode, encode } from "../encoding.ts";
import { jsonEntries } from "../json/fields.ts";
import {
  type JsonObject,
  type JsonType,
  type JsonValue,
  refuseJson,
  rootPath,
  setJson,
} from "../json/json-value.ts";
import { parseJsonText } from "../json/text.ts";
import type { MessageType } from "../message-type.ts";
import type { Reader } from "../reader.ts";
import type { Writer } from "../writer.ts";

export const Struct: MessageType<JsonObject> = {
  typeName: "google.protobuf.Struct",
  fingerprint: 0x3a10ddab7e084d6bn,
  create: (init) => init ?? {},
  encode: (message) => encode(writeStruct, message),
  decode: (bytes) => decode(readStruct, bytes),
  write: writeStruct,
  read: readStruct,
};

export const Value: MessageType<JsonValue> = {
  typeName: "google.protobuf.Value",
  fingerprint: 0x3a10ddab7e084d6bn,
  create: (init) => init ?? null,
  encode: (message) => encode(writeValue, message),
  decode: (bytes) => decode(readValue, bytes),
  write: writeValue,
  read: readValue,
};

export const ListValue: MessageType<JsonValue[], readonly JsonValue[]> = {
  typeName: "google.protobuf.ListValue",
  fingerprint: 0x3a10ddab7e084d6bn,
  create: (init) => [...(init ?? [])],
  encode: (message) => encode(writeList, message),
  decode: (bytes) => decode(readList, bytes),
  write: writeList,
  read: readList,
};

function writeStruct(writer: Writer, message: JsonObject): void {
  for (const [key, value] of Object.entries(message)) {
    // JSON.stringify leaves out what is undefined; so does this.
    if (value === undefined) continue;
    const entry = writer.open(10);
    writer.string(10, key);
    const start = writer.open(18);
    writeValue(writer, value);
    writer.close(start);
    writer.close(entry);
  }
}

function writeList(writer: Writer, values: readonly JsonValue[]): void {
  for (const value of values) {
    const start = writer.open(10);
    writeValue(writer, value);
    writer.close(start);
  }
}

function writeValue(writer: Writer, value: JsonValue): void {
  switch (typeof value) {
    case "number":
      if (!Number.isFinite(value)) throw new CodecError(`${value} is no JSON number`);
      writer.double(17, value);
      return;
    case "string":
      writer.string(26, value);
      return;
    case "boolean":
      writer.bool(32, value);
      return;
    case "object":
      if (value === null) writer.int32(8, 0);
      else {
        const isList = Array.isArray(value);
        const start = writer.open(isList ? 50 : 42);
        if (isList) writeList(writer, value);
        else writeStruct(writer, value);
        writer.close(start);
      }
      return;
    default:
      throw new CodecError(`a ${typeof value} is no JSON value`);
  }
}

function readStruct(reader: Reader, end: number, base?: JsonObject): JsonObject {
  const struct = base ?? {};
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 10) readEntry(reader, reader.open(), struct);
    else reader.skip(tag);
  }
  reader.close(end);
  return struct;
}

function readEntry(reader: Reader, end: number, struct: JsonObject): void {
  let key = "";
  let value: JsonValue | undefined;
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 10) key = reader.string();
    else if (tag === 18) value = readValue(reader, reader.open(), value);
    else reader.skip(tag);
  }
  reader.close(end);
  setJson(struct, key, value ?? null);
}

function readList(reader: Reader, end: number, base?: JsonValue[]): JsonValue[] {
  const list = base ?? [];
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 10) list.push(readValue(reader, reader.open()));
    else reader.skip(tag);
  }
  reader.close(end);
  return list;
}

function readValue(reader: Reader, end: number, base?: JsonValue): JsonValue {
  let value = base ?? null;
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 8) {
      reader.int32();
      value = null;
    } else if (tag === 17) value = reader.double();
    else if (tag === 26) value = reader.string();
    else if (tag === 32) value = reader.bool();
    else if (tag === 42) value = readStruct(reader, reader.open(), objectOf(value));
    else if (tag === 50) {
      value = readList(reader, reader.open(), Array.isArray(value) ? value : undefined);
    } else reader.skip(tag);
  }
  reader.close(end);
  return value;
}

function objectOf(value: JsonValue): JsonObject | undefined {
  return value === null || typeof value !== "object" || Array.isArray(value) ? undefined : value;
}

/** Numbers that came exact become the nearest double, which is what a Value holds. */
function valueFromJson(json: JsonValue): JsonValue {
  if (Array.isArray(json)) return json.map(valueFromJson);
  if (json === null || typeof json !== "object") return json;
  const source: unknown = (json as { readonly source?: unknown }).source;
  if (Object.getPrototypeOf(json) !== Object.prototype && typeof source === "string") {
    return Number(source);
  }
  return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, valueFromJson(item)]));
}

/** JSON has no word for NaN and the infinities: such a value is refused, not turned into null. */
function checkNumbers<T extends JsonValue | readonly JsonValue[]>(value: T, path = rootPath): T {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new CodecError(`${path}: ${value} is no JSON number`);
  }
  if (value !== null && typeof value === "object") {
    for (const [key, item] of Object.entries(value)) checkNumbers(item, `${path}.${key}`);
  }
  return value;
}

export const StructJson: JsonType<JsonObject> = {
  type: Struct,
  stringify: (message) => JSON.stringify(checkNumbers(message)),
  parse: (text) => StructJson.fromJson(parseJsonText(text)),
  toJson: (message) => checkNumbers(message),
  fromJson(json, _options, path = rootPath) {
    const entries = jsonEntries(json, path);
    return Object.fromEntries(entries.map(([key, value]) => [key, valueFromJson(value)]));
  },
};

export const ValueJson: JsonType<JsonValue> = {
  type: Value,
  stringify: (message) => JSON.stringify(checkNumbers(message)),
  parse: (text) => valueFromJson(parseJsonText(text)),
  toJson: (message) => checkNumbers(message),
  fromJson: (json) => valueFromJson(json),
};

export const ListValueJson: JsonType<JsonValue[], readonly JsonValue[]> = {
  type: ListValue,
  stringify: (message) => JSON.stringify(checkNumbers(message)),
  parse: (text) => ListValueJson.fromJson(parseJsonText(text)),
  toJson: (message) => [...checkNumbers(message)],
  fromJson(json, _options, path = rootPath) {
    return Array.isArray(json) ? json.map(valueFromJson) : refuseJson(path, "a list", json);
  },
};
