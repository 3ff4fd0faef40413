/** google.protobuf.Any: a message of a type that the schema leaves open; it stays bytes until somebody unpacks it. */
import { CodecError } from "../codec-error.ts";
import { decode, encode, keepUnknown } from "../encoding.ts";
import { jsonEntries } from "../json/fields.ts";
import {
  type JsonObject,
  type JsonReadOptions,
  type JsonType,
  type JsonValue,
  type JsonWriteOptions,
  refuseJson,
  rootPath,
} from "../json/json-value.ts";
import type { AnyJsonType, JsonRegistry } from "../json/registry.ts";
import { stringFromJson } from "../json/scalars.ts";
import { parseJsonText } from "../json/text.ts";
import type { MessageType } from "../message-type.ts";
import type { Reader } from "../reader.ts";
import type { Writer } from "../writer.ts";

export interface Any {
  /** For example `type.googleapis.com/orders.v1.Order`; what stands before the last `/` means nothing here. */
  typeUrl: string;
  value: Uint8Array;
  /** Fields this schema does not know, as they came. */
  $unknown?: Uint8Array;
}

export interface AnyInit {
  readonly typeUrl?: string | undefined;
  readonly value?: Uint8Array | undefined;
  readonly $unknown?: Uint8Array | undefined;
}

export interface AnyType extends MessageType<Any, AnyInit> {
  pack<T, Init>(type: MessageType<T, Init>, message: Init): Any;
  /** Undefined where `any` holds another type. Throws `CodecError` where its bytes are not valid. */
  unpack<T, Init>(any: AnyInit, type: MessageType<T, Init>): T | undefined;
}

export const Any: AnyType = {
  typeName: "google.protobuf.Any",
  fingerprint: 0x12e117387a03f77en,
  create: createAny,
  encode: (message) => encode(writeAny, message),
  decode: (bytes) => decode(readAny, bytes),
  write: writeAny,
  read: readAny,
  pack: (type, message) => ({
    typeUrl: `type.googleapis.com/${type.typeName}`,
    value: type.encode(message),
  }),
  unpack: (any, type) =>
    typeNameOf(any) === type.typeName ? type.decode(any.value ?? new Uint8Array(0)) : undefined,
};

function createAny(init?: AnyInit): Any {
  const message: Any = {
    typeUrl: init?.typeUrl ?? "",
    value: init?.value ?? new Uint8Array(0),
  };
  if (init?.$unknown !== undefined) message.$unknown = init.$unknown;
  return message;
}

function writeAny(writer: Writer, message: AnyInit): void {
  const { typeUrl, value } = message;
  if (typeUrl !== undefined && typeUrl !== "") writer.string(10, typeUrl);
  if (value !== undefined && value.length > 0) writer.byteString(18, value);
  if (message.$unknown !== undefined) writer.raw(message.$unknown);
}

function readAny(reader: Reader, end: number, base?: Any): Any {
  let typeUrl = base?.typeUrl ?? "";
  let value = base?.value;
  let unknown = keepUnknown(base?.$unknown);
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 10) typeUrl = reader.string();
    else if (tag === 18) value = reader.byteString();
    else unknown = reader.keep(unknown, tag);
  }
  reader.close(end);
  const message: Any = { typeUrl, value: value ?? new Uint8Array(0) };
  if (unknown !== undefined) message.$unknown = unknown.finish();
  return message;
}

function typeNameOf(any: AnyInit): string {
  const typeUrl = any.typeUrl ?? "";
  return typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
}

/** These types are no objects in JSON, or objects of their own; they stand under `value`. */
function isSpecial(type: AnyJsonType): boolean {
  return type.type.typeName.startsWith("google.protobuf.") && type.type.typeName !== Empty;
}

const Empty = "google.protobuf.Empty";

function find(registry: JsonRegistry | undefined, typeName: string, path: string): AnyJsonType {
  const type = typeName === Any.typeName ? AnyJson : registry?.find(typeName);
  if (type !== undefined) return type;
  throw new CodecError(
    `${path}: the type ${JSON.stringify(typeName)} is not in the registry; pass {registry: createRegistry(...)}`,
  );
}

function toJson(message: AnyInit, options?: JsonWriteOptions): JsonValue {
  const { typeUrl = "", value = new Uint8Array(0) } = message;
  if (typeUrl === "" && value.length === 0) return {};
  const type = find(options?.registry, typeNameOf(message), rootPath);
  const json = type.toJson(type.type.decode(value), options);
  if (isSpecial(type)) return { "@type": typeUrl, value: json };
  return { "@type": typeUrl, ...(json as JsonObject) };
}

function fromJson(json: JsonValue, options?: JsonReadOptions, path: string = rootPath): Any {
  const entries = jsonEntries(json, path);
  const given = entries.find(([key]) => key === "@type")?.[1];
  const rest = Object.fromEntries(entries.filter(([key]) => key !== "@type"));
  if (given === undefined) {
    if (entries.length === 0) return { typeUrl: "", value: new Uint8Array(0) };
    return refuseJson(path, 'an object with "@type"');
  }
  const typeUrl = stringFromJson(given, options, `${path}["@type"]`);
  if (!typeUrl.includes("/")) return refuseJson(`${path}["@type"]`, "a URL with a type's name");
  const type = find(options?.registry, typeNameOf({ typeUrl }), path);
  if (!isSpecial(type)) {
    return { typeUrl, value: type.type.encode(type.fromJson(rest, options, path)) };
  }
  const { value, ...others } = rest;
  const other = Object.keys(others)[0];
  if (value === undefined) return refuseJson(path, 'a "value" beside "@type"');
  if (other !== undefined && options?.ignoreUnknown !== true) {
    return refuseJson(path, `only "value" beside "@type", not ${JSON.stringify(other)}`);
  }
  return { typeUrl, value: type.type.encode(type.fromJson(value, options, `${path}.value`)) };
}

export const AnyJson: JsonType<Any, AnyInit> = {
  type: Any,
  stringify: (message, options) => JSON.stringify(toJson(message, options)),
  parse: (text, options) => fromJson(parseJsonText(text), options),
  toJson,
  fromJson,
};
