/** What the generated readers and writers of a message's JSON share: names, lists, maps and enums. */
import { CodecError } from "../codec-error.ts";
import { type JsonObject, type JsonReadOptions, type JsonValue, refuseJson } from "./json-value.ts";
import { int32FromJson } from "./scalars.ts";
import { ExactInteger } from "./text.ts";

/** Every name a field may have in JSON, with the one it is written as. */
export type JsonNames = ReadonlyMap<string, string>;

/** `jsonNames(["id"], ["unitPrice", "unit_price"])`. */
export function jsonNames(...fields: readonly (readonly [string, string?])[]): JsonNames {
  const names = new Map<string, string>();
  for (const [name] of fields) names.set(name, name);
  for (const [name, other] of fields)
    if (other !== undefined && !names.has(other)) names.set(other, name);
  return names;
}

export interface JsonEntry {
  readonly name: string;
  readonly value: JsonValue;
  readonly path: string;
}

/** The fields of a message's object, each once; unknown names are refused unless the options say otherwise. */
export function jsonFields(
  json: JsonValue,
  names: JsonNames,
  options: JsonReadOptions | undefined,
  path: string,
): readonly JsonEntry[] {
  const entries: JsonEntry[] = [];
  const seen = new Set<string>();
  for (const [key, value] of jsonEntries(json, path)) {
    const name = names.get(key);
    if (name === undefined) {
      if (options?.ignoreUnknown === true) continue;
      throw new CodecError(`${path}: there is no field ${JSON.stringify(key)}`);
    }
    if (seen.has(name)) throw new CodecError(`${path}: the field ${name} is given twice`);
    seen.add(name);
    entries.push({ name, value, path: `${path}.${name}` });
  }
  return entries;
}

/** The entries of an object, which is neither null nor a list. */
export function jsonEntries(
  json: JsonValue,
  path: string,
): readonly (readonly [string, JsonValue])[] {
  if (
    json === null ||
    typeof json !== "object" ||
    Array.isArray(json) ||
    (json as object) instanceof ExactInteger
  ) {
    return refuseJson(path, "an object", json);
  }
  return Object.entries(json);
}

/** The items of a list, each with its path. */
export function listFromJson<T>(
  json: JsonValue,
  path: string,
  item: (json: JsonValue, path: string) => T | undefined,
): T[] {
  if (!Array.isArray(json)) return refuseJson(path, "a list", json);
  const items: T[] = [];
  for (const [index, value] of json.entries()) {
    const read = item(value, `${path}[${index}]`);
    // Undefined: the name of an enum value that this schema does not have yet.
    if (read !== undefined) items.push(read);
  }
  return items;
}

export function mapFromJson<K, V>(
  json: JsonValue,
  path: string,
  key: (json: JsonValue, path: string) => K,
  value: (json: JsonValue, path: string) => V | undefined,
): Map<K, V> {
  const map = new Map<K, V>();
  for (const [name, item] of jsonEntries(json, path)) {
    const place = `${path}[${JSON.stringify(name)}]`;
    const read = value(item, place);
    const known = key(name, place);
    if (map.has(known)) throw new CodecError(`${place}: the key is given twice`);
    if (read !== undefined) map.set(known, read);
  }
  return map;
}

/** `Object.fromEntries` defines: a key such as `__proto__` stays a key. */
export function mapToJson<K, V>(
  entries: Iterable<readonly [K, V]>,
  value: (value: V) => JsonValue,
): JsonObject {
  const json: [string, JsonValue][] = [];
  for (const [key, item] of entries) json.push([String(key), value(item)]);
  return Object.fromEntries(json);
}

/** An enum's proto-JSON: the schema's value names and their numbers; of aliases the first is written. */
export interface EnumJson {
  readonly typeName: string;
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;
}

export function enumJson(
  typeName: string,
  ...values: readonly (readonly [string, number])[]
): EnumJson {
  const names = new Map<number, string>();
  for (const [name, number] of values) if (!names.has(number)) names.set(number, name);
  return { typeName, numbers: new Map(values), names };
}

export function enumToJson(type: EnumJson, value: number): string | number {
  return type.names.get(value) ?? value;
}

/** Undefined for a name that the enum does not have, where unknown things are passed over. */
export function enumFromJson(
  type: EnumJson,
  json: JsonValue,
  options: JsonReadOptions | undefined,
  path: string,
): number | undefined {
  if (typeof json === "number") return int32FromJson(json, path);
  const number = typeof json === "string" ? type.numbers.get(json) : undefined;
  if (number !== undefined) return number;
  if (typeof json === "string" && options?.ignoreUnknown === true) return undefined;
  return refuseJson(path, `a value of ${type.typeName}`, json);
}

/** google.protobuf.NullValue, whose one value is JSON's null. */
export const NullValue = { NULL_VALUE: 0 } as const;
export type NullValue = (typeof NullValue)[keyof typeof NullValue] | (number & {});

export function nullFromJson(json: JsonValue, path: string): NullValue {
  return json === null || json === "NULL_VALUE" ? 0 : int32FromJson(json, path);
}

export function nullToJson(_value: NullValue): null {
  return null;
}

/** Refuses a second field of one oneof. */
export function refuseSecond(path: string, oneof: string): never {
  throw new CodecError(`${path}: another field of the oneof ${oneof} is given too`);
}
