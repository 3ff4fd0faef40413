/** google.protobuf.Empty: a message without fields; what newer schemas put into it is kept. */
import { decode, encode, keepUnknown } from "../encoding.ts";
import { jsonFields, jsonNames } from "../json/fields.ts";
import type { JsonType } from "../json/json-value.ts";
import { rootPath } from "../json/json-value.ts";
import { parseJsonText } from "../json/text.ts";
import type { MessageType } from "../message-type.ts";
import type { Reader } from "../reader.ts";
import type { Writer } from "../writer.ts";

export interface Empty {
  /** Fields this schema does not know, as they came. */
  $unknown?: Uint8Array;
}

export interface EmptyInit {
  readonly $unknown?: Uint8Array | undefined;
}

export const Empty: MessageType<Empty, EmptyInit> = {
  typeName: "google.protobuf.Empty",
  fingerprint: 0x5f1fccfd85f796afn,
  create: (init) => (init?.$unknown === undefined ? {} : { $unknown: init.$unknown }),
  encode: (message) => encode(writeEmpty, message),
  decode: (bytes) => decode(readEmpty, bytes),
  write: writeEmpty,
  read: readEmpty,
};

function writeEmpty(writer: Writer, message: EmptyInit): void {
  if (message.$unknown !== undefined) writer.raw(message.$unknown);
}

function readEmpty(reader: Reader, end: number, base?: Empty): Empty {
  let unknown = keepUnknown(base?.$unknown);
  while (reader.position < end) unknown = reader.keep(unknown, reader.tag());
  reader.close(end);
  return unknown === undefined ? {} : { $unknown: unknown.finish() };
}

const names = jsonNames({});

export const EmptyJson: JsonType<Empty, EmptyInit> = {
  type: Empty,
  stringify: () => "{}",
  parse: (text, options) => EmptyJson.fromJson(parseJsonText(text), options),
  toJson: () => ({}),
  fromJson(json, options, path = rootPath) {
    jsonFields(json, names, options, path);
    return {};
  },
};
