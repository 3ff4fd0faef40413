/** Finds a message type by name, for `Any` in JSON. It holds what it was given and looks nothing up anywhere else. */
import type { JsonType } from "./json-value.ts";

// biome-ignore lint/suspicious/noExplicitAny: a registry holds types of every message; what comes out is JSON or bytes.
export type AnyJsonType = JsonType<any, any>;

export interface JsonRegistry {
  find(typeName: string): AnyJsonType | undefined;
}

/** `createRegistry(OrderJson, CustomerJson)`. */
export function createRegistry(...types: readonly AnyJsonType[]): JsonRegistry {
  const byName = new Map(types.map((type) => [type.type.typeName, type]));
  return { find: (typeName) => byName.get(typeName) };
}
