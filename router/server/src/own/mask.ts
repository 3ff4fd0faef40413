/** Proto-JSON for people's eyes: what the schema calls `pii` is not in it. */
import type { JsonValue } from "@nexus-bridge/codec";
import type { Field, Message } from "@nexus-bridge/schema";

const MASK = "<pii>";

/** `json`, which is a message of this type, without the values of its `pii` fields and without what an `Any` holds. */
export function maskPii(message: Message, json: JsonValue): JsonValue {
  if (message.wellKnown === "any") return isObject(json) ? { "@type": json["@type"] ?? "" } : json;
  if (message.wellKnown !== undefined || !isObject(json)) return json;
  const masked: Record<string, JsonValue> = { ...json };
  for (const field of message.fields) {
    const value = json[field.jsonName];
    if (value !== undefined) masked[field.jsonName] = field.pii ? MASK : maskField(field, value);
  }
  return masked;
}

function maskField({ type, cardinality }: Field, value: JsonValue): JsonValue {
  if (type.kind !== "message") return value;
  const mask = (item: JsonValue): JsonValue => maskPii(type.message, item);
  switch (cardinality.kind) {
    case "singular":
      return mask(value);
    case "repeated":
      return Array.isArray(value) ? value.map(mask) : value;
    case "map":
      if (!isObject(value)) return value;
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mask(item)]));
    default:
      return cardinality satisfies never;
  }
}

const isObject = (json: JsonValue): json is Readonly<Record<string, JsonValue>> =>
  typeof json === "object" && json !== null && !Array.isArray(json);
