/** JSON as values, and the contract of a message's proto-JSON. A wrong value is a `CodecError` that starts with its path. */
import { CodecError } from "../codec-error.ts";
import type { MessageType } from "../message-type.ts";
import type { JsonRegistry } from "./registry.ts";

export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

export interface JsonReadOptions {
  /** The types that an `Any` may hold. */
  readonly registry?: JsonRegistry | undefined;
  /** Passes over names that the schema does not have, instead of refusing them. */
  readonly ignoreUnknown?: boolean | undefined;
}

export interface JsonWriteOptions {
  /** The types that an `Any` may hold. */
  readonly registry?: JsonRegistry | undefined;
}

/** A message type's proto-JSON, apart from its `MessageType` so that a bundler drops what nobody uses. */
export interface JsonType<T, Init = T> {
  readonly type: MessageType<T, Init>;
  stringify(message: Init, options?: JsonWriteOptions): string;
  parse(text: string, options?: JsonReadOptions): T;
  toJson(message: Init, options?: JsonWriteOptions): JsonValue;
  /** `path` is where `json` stands, for errors. */
  fromJson(json: JsonValue, options?: JsonReadOptions, path?: string): T;
}

/** Where a whole document stands in errors. */
export const rootPath = "$";

/** Refuses a JSON value. */
export function refuseJson(path: string, expected: string, json?: unknown): never {
  throw new CodecError(
    `${path}: expected ${expected}${json === undefined ? "" : `, found ${kindOf(json)}`}`,
  );
}

/** An object that no name of a message can turn into something else. */
export function setJson(object: JsonObject, name: string, value: JsonValue): void {
  Object.defineProperty(object, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function kindOf(json: unknown): string {
  if (json === null) return "null";
  if (Array.isArray(json)) return "a list";
  if (typeof json === "object") return "an object";
  if (typeof json === "string")
    return JSON.stringify(json.length > 40 ? `${json.slice(0, 40)}…` : json);
  return String(json);
}
