/**
 * Extensions of proto2 and editions. An extended message does not know them: their fields stand in its unknown fields, and
 * are read and written there through a holder, a message type that has the extension as its only field.
 */
import { CodecError } from "./codec-error.ts";
import { jsonEntries } from "./json/fields.ts";
import {
  type JsonObject,
  type JsonReadOptions,
  type JsonValue,
  type JsonWriteOptions,
  rootPath,
  setJson,
} from "./json/json-value.ts";
import type { AnyJsonType } from "./json/registry.ts";

/** A message that may hold extensions among its unknown fields. */
export interface Extendable {
  $unknown?: Uint8Array | undefined;
}

/** A field `V` that messages of type `T` may have besides those of their schema. */
export interface Extension<T extends Extendable, V> {
  /** `acme.v1.note`, in JSON `[acme.v1.note]`. */
  readonly typeName: string;
  /** The full name of the message that it extends. */
  readonly extendee: string;
  /** Its name in the holder, and in the holder's JSON. */
  readonly member: string;
  readonly jsonName: string;
  readonly holder: AnyJsonType;
  /** For the compiler alone; never set. */
  readonly $value?: (message: T) => V;
}

// biome-ignore lint/suspicious/noExplicitAny: a registry holds extensions of every message and value.
export type AnyExtension = Extension<any, any>;

export function extension<T extends Extendable, V>(words: Extension<T, V>): Extension<T, V> {
  return words;
}

/** The extension's value; undefined, or an empty list, where the message does not have it. */
export function getExtension<T extends Extendable, V>(
  message: T,
  { holder, member }: Extension<T, V>,
): V | undefined {
  const fields = message.$unknown ?? new Uint8Array(0);
  return holder.type.decode(fields)[member];
}

/** Gives the message the extension's value, in place of one that it has. */
export function setExtension<T extends Extendable, V>(
  message: T,
  { holder, member }: Extension<T, V>,
  value: V,
): void {
  const others = holder.type.decode(message.$unknown ?? new Uint8Array(0)).$unknown;
  message.$unknown = holder.type.encode({ [member]: value, $unknown: others });
}

export function hasExtension<T extends Extendable, V>(
  message: T,
  { holder, jsonName }: Extension<T, V>,
): boolean {
  const fields = message.$unknown;
  if (fields === undefined) return false;
  return Object.hasOwn(holder.toJson(holder.type.decode(fields)) as JsonObject, jsonName);
}

/** Sets in `json` what the registry knows of the extensions in a message's unknown fields. */
export function extensionsToJson(
  json: JsonObject,
  fields: Uint8Array | undefined,
  extendee: string,
  options: JsonWriteOptions | undefined,
): void {
  if (fields === undefined) return;
  for (const { typeName, holder, jsonName } of options?.registry?.extensionsOf?.(extendee) ?? []) {
    const held = holder.toJson(holder.type.decode(fields), options) as JsonObject;
    const value = Object.hasOwn(held, jsonName) ? held[jsonName] : undefined;
    if (value !== undefined) setJson(json, `[${typeName}]`, value);
  }
}

/** Reads the members of `json` whose names stand in brackets into the message's unknown fields. */
export function extensionsFromJson(
  message: Extendable,
  json: JsonValue,
  extendee: string,
  options: JsonReadOptions | undefined,
  path: string = rootPath,
): void {
  for (const [name, value] of jsonEntries(json, path)) {
    if (!isExtensionName(name)) continue;
    const found = options?.registry?.extensionsOf?.(extendee) ?? [];
    const known = found.find(({ typeName }) => `[${typeName}]` === name);
    if (known === undefined) {
      if (options?.ignoreUnknown === true) continue;
      throw new CodecError(
        `${path}: the extension ${JSON.stringify(name)} is not in the registry; pass {registry: createRegistry(...)}`,
      );
    }
    const { holder, jsonName } = known;
    const held = holder.fromJson({ [jsonName]: value }, options, path);
    const others = message.$unknown;
    message.$unknown = holder.type.encode({ ...held, $unknown: others });
  }
}

export const isExtensionName = (name: string): boolean =>
  name.startsWith("[") && name.endsWith("]");
