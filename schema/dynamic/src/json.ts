/** The two functions most callers need: JSON in, bytes out, and back. Everything wrong is a `CodecError` with a path. */
import { CodecError, type JsonReadOptions, type JsonValue, rootPath } from "@nexus-bridge/codec";
import type { Message } from "@nexus-bridge/schema";
import { dynamicType, registryOf } from "./dynamic-type.ts";

/** How deep a JSON value may nest. */
const nestingMax = 192;

/**
 * Encodes a proto-JSON value, for example `{"id": "o-1"}`, as a message. Throws `CodecError` with the path of what does
 * not fit the schema; names the schema does not have are refused unless `ignoreUnknown` is set. An `Any` may hold every
 * type of the message's file and of what that imports.
 */
export function encodeJson(
  message: Message,
  json: unknown,
  options: JsonReadOptions = {},
): Uint8Array {
  const { type, fromJson } = dynamicType(message);
  checkJson(json, 0);
  const registry = options.registry ?? registryOf(message.file);
  return type.encode(fromJson(json, { ...options, registry }, rootPath));
}

/** Decodes a message into its proto-JSON value. Throws `CodecError` where the bytes are not a valid encoding. */
export function decodeToJson(message: Message, bytes: Uint8Array): JsonValue {
  const { type, toJson } = dynamicType(message);
  return toJson(type.decode(bytes), { registry: registryOf(message.file) });
}

/** Proves that a value is JSON and of bounded depth, which also stops cycles. */
function checkJson(json: unknown, depth: number): asserts json is JsonValue {
  if (depth > nestingMax) throw new CodecError(`the JSON nests deeper than ${nestingMax}`);
  switch (typeof json) {
    case "string":
    case "number":
    case "boolean":
      return;
    case "object":
      if (json !== null) for (const value of Object.values(json)) checkJson(value, depth + 1);
      return;
    default:
      throw new CodecError(`a ${typeof json} is no JSON value`);
  }
}
