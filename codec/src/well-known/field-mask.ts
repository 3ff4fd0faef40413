/** google.protobuf.FieldMask: paths of fields; in JSON one string in lower camel case. */
import { CodecError } from "../codec-error.ts";
import { decode, encode, keepUnknown } from "../encoding.ts";
import { type JsonType, type JsonValue, refuseJson, rootPath } from "../json/json-value.ts";
import { parseJsonText } from "../json/text.ts";
import type { MessageType } from "../message-type.ts";
import type { Reader } from "../reader.ts";
import type { Writer } from "../writer.ts";

export interface FieldMask {
  /** In the schema's words, for example `customer.address`. */
  paths: string[];
  /** Fields this schema does not know, as they came. */
  $unknown?: Uint8Array;
}

export interface FieldMaskInit {
  readonly paths?: readonly string[] | undefined;
  readonly $unknown?: Uint8Array | undefined;
}

export const FieldMask: MessageType<FieldMask, FieldMaskInit> = {
  typeName: "google.protobuf.FieldMask",
  fingerprint: 0x2edb2d7288263cb7n,
  create: createFieldMask,
  encode: (message) => encode(writeFieldMask, message),
  decode: (bytes) => decode(readFieldMask, bytes),
  write: writeFieldMask,
  read: readFieldMask,
};

function createFieldMask(init?: FieldMaskInit): FieldMask {
  const message: FieldMask = { paths: [...(init?.paths ?? [])] };
  if (init?.$unknown !== undefined) message.$unknown = init.$unknown;
  return message;
}

function writeFieldMask(writer: Writer, message: FieldMaskInit): void {
  for (const path of message.paths ?? []) writer.string(10, path);
  if (message.$unknown !== undefined) writer.raw(message.$unknown);
}

function readFieldMask(reader: Reader, end: number, base?: FieldMask): FieldMask {
  const paths = base?.paths ?? [];
  let unknown = keepUnknown(base?.$unknown);
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 10) paths.push(reader.string());
    else unknown = reader.keep(unknown, tag);
  }
  reader.close(end);
  const message: FieldMask = { paths };
  if (unknown !== undefined) message.$unknown = unknown.finish();
  return message;
}

function toJson(message: FieldMaskInit): string {
  return (message.paths ?? []).map(camelCase).join(",");
}

/** Refuses what would not come back as it was. */
function camelCase(path: string): string {
  const camel = path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (!camel.includes("_") && snakeCase(camel) === path) return camel;
  throw new CodecError(`the field mask's path ${JSON.stringify(path)} has no form in JSON`);
}

function snakeCase(camel: string): string {
  return camel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function fromJson(json: JsonValue, path: string): FieldMask {
  if (typeof json !== "string" || json.includes("_")) {
    return refuseJson(path, "paths in lower camel case with commas between", json);
  }
  return { paths: json === "" ? [] : json.split(",").map(snakeCase) };
}

export const FieldMaskJson: JsonType<FieldMask, FieldMaskInit> = {
  type: FieldMask,
  stringify: (message) => JSON.stringify(toJson(message)),
  parse: (text) => fromJson(parseJsonText(text), rootPath),
  toJson,
  fromJson: (json, _options, path = rootPath) => fromJson(json, path),
};
