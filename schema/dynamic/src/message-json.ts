/** Proto-JSON of dynamic messages: names, forms and refusals are those of generated code, through the same helpers. */
import {
  CodecError,
  type EnumJson,
  enumJson,
  type JsonNames,
  type JsonObject,
  type JsonReadOptions,
  type JsonValue,
  type JsonWriteOptions,
  jsonFields,
  listFromJson,
  mapFromJson,
  mapToJson,
  nullFromJson,
  refuseJson,
  refuseSecond,
  setJson,
} from "@nexus-bridge/codec";
import type { Enum, Field, Message } from "@nexus-bridge/schema";
import type { DynamicItem, DynamicMessage, DynamicValue } from "./dynamic-message.ts";
import { codecOf } from "./message-codec.ts";
import { scalarCodec } from "./scalar.ts";
import { wellKnownTypes } from "./well-known.ts";

interface JsonPlan {
  readonly names: JsonNames;
  readonly fields: ReadonlyMap<string, Field>;
}

const plans = new WeakMap<Message, JsonPlan>();
const enums = new WeakMap<Enum, EnumJson>();
const nullValue = "google.protobuf.NullValue";

function planOf(message: Message): JsonPlan {
  const known = plans.get(message);
  if (known !== undefined) return known;
  const plan = {
    names: namesOf(message),
    fields: new Map(message.fields.map((field) => [field.jsonName, field])),
  };
  plans.set(message, plan);
  return plan;
}

/** A field is read by its JSON name and by its own; the JSON names come first. */
function namesOf({ fields }: Message): JsonNames {
  const names = new Map(fields.map(({ jsonName }) => [jsonName, jsonName]));
  for (const { name, jsonName } of fields) if (!names.has(name)) names.set(name, jsonName);
  return names;
}

function enumOf(type: Enum): EnumJson {
  const known = enums.get(type);
  if (known !== undefined) return known;
  const made = enumJson({
    typeName: type.fullName,
    values: Object.fromEntries(type.values.map(({ name, number }) => [name, number])),
  });
  enums.set(type, made);
  return made;
}

/** Where a JSON value stands and how to read it. */
interface Place {
  readonly path: string;
  readonly options: JsonReadOptions | undefined;
}

export function messageFromJson(type: Message, json: JsonValue, place: Place): DynamicMessage {
  const { names, fields } = planOf(type);
  const message: DynamicMessage = { values: new Map() };
  for (const entry of jsonFields(json, names, place.options, place.path)) {
    const field = fields.get(entry.name);
    if (field === undefined || isAbsent(field, entry.value)) continue;
    const { path } = entry;
    const value = valueFromJson(field, entry.value, { path, options: place.options });
    if (value === undefined) continue;
    const { oneof } = field;
    if (oneof?.fields.some((other) => message.values.has(other)) === true) {
      refuseSecond(place.path, oneof.name);
    }
    message.values.set(field, value);
  }
  return message;
}

/** Null means absent, but for the two types that have null as a value. */
function isAbsent(field: Field, json: JsonValue): boolean {
  if (json !== null) return false;
  return field.cardinality.kind !== "singular" || !takesNull(field);
}

function takesNull({ type }: Field): boolean {
  if (type.kind === "enum") return type.enum.fullName === nullValue;
  return type.kind === "message" && type.message.wellKnown === "value";
}

function valueFromJson(field: Field, json: JsonValue, place: Place): DynamicValue | undefined {
  const { options, path } = place;
  const item = (
    value: JsonValue,
    _: JsonReadOptions | undefined,
    at: string,
  ): DynamicItem | undefined => itemFromJson(field, value, { path: at, options });
  switch (field.cardinality.kind) {
    case "repeated":
      return { kind: "list", items: listFromJson(json, options, path, item) };
    case "map": {
      const { keyFromJson: key } = scalarCodec(field.cardinality.key, true);
      return { kind: "map", entries: mapFromJson(json, options, path, { key, value: item }) };
    }
    case "singular": {
      const value = item(json, options, path);
      return value === undefined ? undefined : { kind: "single", value };
    }
    default:
      return field.cardinality satisfies never;
  }
}

function itemFromJson(field: Field, json: JsonValue, place: Place): DynamicItem | undefined {
  const { path, options } = place;
  const { type } = field;
  if (type.kind === "scalar") {
    return { kind: "scalar", value: scalarCodec(type.scalar, true).fromJson(json, options, path) };
  }
  if (type.kind === "enum") {
    const isNull = type.enum.fullName === nullValue;
    const value = isNull
      ? nullFromJson(json, options, path)
      : enumOf(type.enum).fromJson(json, options, path);
    if (value === undefined) return undefined;
    if (type.enum.closed && !type.enum.values.some(({ number }) => number === value)) {
      return refuseJson(path, `a value of ${type.enum.fullName}`, json);
    }
    return { kind: "scalar", value };
  }
  const { wellKnown } = type.message;
  if (wellKnown === undefined) {
    return { kind: "message", value: messageFromJson(type.message, json, place) };
  }
  return { kind: "well_known", value: wellKnownTypes[wellKnown].fromJson(json, options, path) };
}

/** Fields in declaration order; what is at its default without presence is left out. */
export function messageToJson(
  type: Message,
  message: DynamicMessage,
  options: JsonWriteOptions | undefined,
): JsonObject {
  const json: JsonObject = {};
  for (const field of type.fields) {
    const value = message.values.get(field);
    if (value === undefined) continue;
    const written = valueToJson(field, value, options);
    if (written !== undefined) setJson(json, field.jsonName, written);
  }
  return json;
}

function valueToJson(
  field: Field,
  value: DynamicValue,
  options: JsonWriteOptions | undefined,
): JsonValue | undefined {
  switch (value.kind) {
    case "list":
      return value.items.map((item) => itemToJson(field, item, options));
    case "map":
      return mapToJson(value.entries, (item) => itemToJson(field, item, options));
    case "single": {
      const { cardinality } = field;
      const isImplicit = cardinality.kind === "singular" && cardinality.presence === "implicit";
      const { value: item } = value;
      const isZero = item.kind === "scalar" && codecOf(field)?.isZero(item.value) === true;
      return isImplicit && isZero ? undefined : itemToJson(field, item, options);
    }
    default:
      return value satisfies never;
  }
}

function itemToJson(
  field: Field,
  item: DynamicItem,
  options: JsonWriteOptions | undefined,
): JsonValue {
  const { type } = field;
  if (item.kind === "scalar") {
    if (type.kind === "scalar") return scalarCodec(type.scalar, true).toJson(item.value);
    if (type.kind === "enum" && type.enum.fullName === nullValue) return null;
    if (type.kind === "enum") return enumOf(type.enum).toJson(Number(item.value));
  }
  if (type.kind === "message") {
    if (item.kind === "message") return messageToJson(type.message, item.value, options);
    const { wellKnown } = type.message;
    if (wellKnown !== undefined) return wellKnownTypes[wellKnown].toJson(item.value, options);
  }
  throw new CodecError(`the value of ${field.fullName} is not of its type`);
}
