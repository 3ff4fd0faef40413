/** A message type made at run time of the model's message, as generated code would spell it. */
import {
  type AnyJsonType,
  decode,
  encode,
  type JsonRegistry,
  type JsonType,
  parseJsonText,
  rootPath,
} from "@nexus-bridge/codec";
import type { Message, SchemaFile } from "@nexus-bridge/schema";
import type { DynamicMessage } from "./dynamic-message.ts";
import { readMessage, writeMessage } from "./message-codec.ts";
import { messageFromJson, messageToJson } from "./message-json.ts";
import { type Opaque, wellKnownTypes } from "./well-known.ts";

const types = new WeakMap<Message, JsonType<Opaque>>();
const registries = new WeakMap<SchemaFile, JsonRegistry>();

/** What a value of the type looks like is this package's business; bytes and JSON are what goes in and out. */
export function dynamicType(message: Message): JsonType<Opaque> {
  if (message.wellKnown !== undefined) return wellKnownTypes[message.wellKnown];
  const known = types.get(message);
  if (known !== undefined) return known;
  const made = makeType(message) as unknown as JsonType<Opaque>;
  types.set(message, made);
  return made;
}

function makeType(message: Message): JsonType<DynamicMessage> {
  const write: JsonType<DynamicMessage>["type"]["write"] = (writer, value) =>
    writeMessage(writer, message, value);
  const read: JsonType<DynamicMessage>["type"]["read"] = (reader, end, base) =>
    readMessage(reader, end, { type: message, base });
  const fromJson: JsonType<DynamicMessage>["fromJson"] = (json, options, path = rootPath) =>
    messageFromJson(message, json, { path, options });
  const toJson: JsonType<DynamicMessage>["toJson"] = (value, options) =>
    messageToJson(message, value, options);
  return {
    type: {
      typeName: message.fullName,
      fingerprint: message.fingerprint,
      create: (init) => init ?? { values: new Map() },
      encode: (value) => encode(write, value),
      decode: (bytes) => decode(read, bytes),
      write,
      read,
    },
    stringify: (value, options) => JSON.stringify(toJson(value, options)),
    parse: (text, options) => fromJson(parseJsonText(text), options),
    fromJson,
    toJson,
  };
}

/** Finds the types of a file and of everything it imports, for `Any`. */
export function registryOf(file: SchemaFile): JsonRegistry {
  const known = registries.get(file);
  if (known !== undefined) return known;
  const byName = new Map<string, Message>();
  // A set visits what is added while it is walked.
  const files = new Set<SchemaFile>([file]);
  for (const reached of files) {
    for (const dependency of reached.dependencies) files.add(dependency);
    const open = [...reached.messages];
    for (let message = open.pop(); message !== undefined; message = open.pop()) {
      byName.set(message.fullName, message);
      open.push(...message.messages);
    }
  }
  const registry: JsonRegistry = {
    find: (typeName): AnyJsonType | undefined => {
      const message = byName.get(typeName);
      return message === undefined ? undefined : dynamicType(message);
    },
  };
  registries.set(file, registry);
  return registry;
}
