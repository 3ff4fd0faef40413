/** Finds message types and extensions by name, for JSON. It holds what it was given and looks nothing up anywhere else. */
import type { AnyExtension } from "../extension.ts";
import type { JsonType } from "./json-value.ts";

// biome-ignore lint/suspicious/noExplicitAny: a registry holds types of every message; what comes out is JSON or bytes.
export type AnyJsonType = JsonType<any, any>;

export interface JsonRegistry {
  find(typeName: string): AnyJsonType | undefined;
  /** The extensions that a message of this type may have. */
  extensionsOf?(extendee: string): readonly AnyExtension[];
}

/** `createRegistry(OrderJson, CustomerJson)`: the types that an `Any` may hold, and extensions. */
export function createRegistry(...items: readonly (AnyJsonType | AnyExtension)[]): JsonRegistry {
  const types = new Map<string, AnyJsonType>();
  const extensions = new Map<string, AnyExtension[]>();
  for (const item of items) {
    if ("type" in item) types.set(item.type.typeName, item);
    else extensions.set(item.extendee, [...(extensions.get(item.extendee) ?? []), item]);
  }
  return {
    find: (typeName) => types.get(typeName),
    extensionsOf: (extendee) => extensions.get(extendee) ?? [],
  };
}
