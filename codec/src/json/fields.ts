/** What the generated readers and writers of a message's JSON share: names, lists, maps and enums. */
import { CodecError } from "../codec-error.ts";
import {
  type JsonObject,
  type JsonReadOptions,
  type JsonValue,
  type JsonWriteOptions,
  refuseJson,
  rootPath,
  setJson,
} from "./json-value.ts";
import { int32FromJson } from "./scalars.ts";
import { ExactInteger } from "./text.ts";

/** Every name a field may have in JSON, with the one it is written as. */
export type JsonNames = ReadonlyMap<string, string>;

/** `jsonNames({ unitPrice: "unitPrice", unit_price: "unitPrice" })`. */
export function jsonNames(names: Readonly<Record<string, string>>): JsonNames {
  return new Map(Object.entries(names));
}

/** Reads one item of a list or map; undefined for the name of an enum value that is passed over. */
export type ReadJson<T> = (
  json: JsonValue,
  options: JsonReadOptions | undefined,
  path: string,
) => T | undefined;

export type WriteJson<T> = (value: T, options?: JsonWriteOptions) => JsonValue;

export interface JsonEntry {
  readonly name: string;
  readonly value: JsonValue;
  readonly path: string;
}

/**
 * The fields of a message's object, each once; unknown names are refused unless the options say otherwise. Names in brackets
 * are extensions', which `extensionsFromJson` reads of a message that may have any.
 */
export function jsonFields(
  json: JsonValue,
  names: JsonNames,
  options: JsonReadOptions | undefined,
  path: string = rootPath,
  isExtendable = false,
): readonly JsonEntry[] {
  const entries: JsonEntry[] = [];
  const seen = new Set<string>();
  for (const [key, value] of jsonEntries(json, path)) {
    const name = names.get(key);
    if (name === undefined) {
      if (options?.ignoreUnknown === true) continue;
      if (isExtendable && /^\[.*\]$/s.test(key)) continue;
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
  options: JsonReadOptions | undefined,
  path: string,
  read: ReadJson<T>,
): T[] {
  if (!Array.isArray(json)) return refuseJson(path, "a list", json);
  const items: T[] = [];
  for (const [index, value] of json.entries()) {
    const item = read(value, options, `${path}[${index}]`);
    if (item !== undefined) items.push(item);
  }
  return items;
}

export function mapFromJson<K, V>(
  json: JsonValue,
  options: JsonReadOptions | undefined,
  path: string,
  readers: { readonly key: ReadJson<K>; readonly value: ReadJson<V> },
): Map<K, V> {
  const map = new Map<K, V>();
  for (const [name, value] of jsonEntries(json, path)) {
    const place = `${path}[${JSON.stringify(name)}]`;
    const key = readers.key(name, options, place);
    const item = readers.value(value, options, place);
    if (key === undefined || item === undefined) continue;
    if (map.has(key)) throw new CodecError(`${place}: the key is given twice`);
    map.set(key, item);
  }
  return map;
}

export function listToJson<T>(
  list: readonly T[],
  write: WriteJson<T>,
  options?: JsonWriteOptions,
): JsonValue[] {
  return list.map((item) => write(item, options));
}

/** `Object.fromEntries` defines: a key such as `__proto__` stays a key. */
export function mapToJson<K, V>(
  entries: Iterable<readonly [K, V]>,
  write: WriteJson<V>,
  options?: JsonWriteOptions,
): JsonObject {
  const json: [string, JsonValue][] = [];
  for (const [key, item] of entries) json.push([String(key), write(item, options)]);
  return Object.fromEntries(json);
}

/** Sets a map's field, unless the map is empty. */
export function setEntries(json: JsonObject, name: string, entries: JsonObject): void {
  if (Object.keys(entries).length > 0) setJson(json, name, entries);
}

/** For values that are themselves in JSON. */
export function sameInJson<T extends JsonValue>(value: T): T {
  return value;
}

/** An enum's proto-JSON: the schema's value names and their numbers; of aliases the first is written. */
export interface EnumJson {
  readonly typeName: string;
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;
  toJson(value: number): string | number;
  /** Undefined for a name that the enum does not have, where unknown things are passed over. */
  fromJson(json: JsonValue, options: JsonReadOptions | undefined, path: string): number | undefined;
}

export function enumJson(words: {
  readonly typeName: string;
  readonly values: Readonly<Record<string, number>>;
}): EnumJson {
  const { typeName } = words;
  const numbers = new Map(Object.entries(words.values));
  const names = new Map<number, string>();
  for (const [name, number] of numbers) if (!names.has(number)) names.set(number, name);
  return {
    typeName,
    numbers,
    names,
    toJson: (value) => names.get(value) ?? value,
    fromJson(json, options, path) {
      if (typeof json === "number") return int32FromJson(json, options, path);
      const number = typeof json === "string" ? numbers.get(json) : undefined;
      if (number !== undefined) return number;
      if (typeof json === "string" && options?.ignoreUnknown === true) return undefined;
      return refuseJson(path, `a value of ${typeName}`, json);
    },
  };
}

/** google.protobuf.NullValue, whose one value is JSON's null. */
export const NullValue = { NULL_VALUE: 0 } as const;
export type NullValue = (typeof NullValue)[keyof typeof NullValue] | (number & {});

export function nullFromJson(
  json: JsonValue,
  options: JsonReadOptions | undefined,
  path: string,
): NullValue {
  return json === null || json === "NULL_VALUE" ? 0 : int32FromJson(json, options, path);
}

export function nullToJson(_value: NullValue): null {
  return null;
}

/** Refuses a second field of one oneof. */
export function refuseSecond(path: string, oneof: string): never {
  throw new CodecError(`${path}: another field of the oneof ${oneof} is given too`);
}
