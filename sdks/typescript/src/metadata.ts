/**
 * Metadata of calls and events: an ordered multimap of text and bytes. Rules are checked before anything is sent; keys of
 * Nexus itself and of gRPC are not the application's.
 */
import { isUserKey, limits, type UserPair } from "@nexus-bridge/protocol";
import { invalidArgument } from "./nexus-error.ts";

/** Bytes for keys that end in `-bin`, text for all others. */
export type MetadataValue = string | Uint8Array;

/** `{ "x-tenant": "a" }`, with a list where a key has several values, or pairs in their order. */
export type MetadataInit =
  | Readonly<Record<string, MetadataValue | readonly MetadataValue[]>>
  | Iterable<readonly [key: string, value: MetadataValue]>;

export class Metadata implements Iterable<UserPair> {
  readonly #pairs: readonly UserPair[];

  constructor(pairs: readonly UserPair[]) {
    this.#pairs = pairs;
  }

  /** The first value of `key`. */
  get(key: string): MetadataValue | undefined {
    return this.#pairs.find((pair) => pair[0] === key)?.[1];
  }

  getAll(key: string): MetadataValue[] {
    return this.#pairs.filter((pair) => pair[0] === key).map((pair) => pair[1]);
  }

  has(key: string): boolean {
    return this.#pairs.some((pair) => pair[0] === key);
  }

  /** The same with one more pair; checked when it is sent. */
  with(key: string, value: MetadataValue): Metadata {
    return new Metadata([...this.#pairs, [key, value]]);
  }

  get size(): number {
    return this.#pairs.length;
  }

  [Symbol.iterator](): Iterator<UserPair> {
    return this.#pairs[Symbol.iterator]();
  }
}

export const NO_METADATA: Metadata = new Metadata([]);

export function metadataOf(pairs: readonly UserPair[] | undefined): Metadata {
  return pairs === undefined || pairs.length === 0 ? NO_METADATA : new Metadata(pairs);
}

const reserved = /^(nexus-|grpc-)|^(traceparent|tracestate)$/;

/** Pairs that may be sent, or INVALID_ARGUMENT that names the key and the rule. */
export function userPairs(init: MetadataInit): readonly UserPair[] {
  const pairs = [...pairsIn(init)];
  if (pairs.length > limits.userPairs)
    throw invalidArgument(
      `metadata has ${pairs.length} pairs; at most ${limits.userPairs} may be sent`,
    );
  let bytes = 0;
  for (const [key, value] of pairs) {
    if (!isUserKey(key))
      throw invalidArgument(`metadata key "${key}" must match [a-z0-9._-]{1,255}`);
    if (reserved.test(key)) throw invalidArgument(`metadata key "${key}" is reserved`);
    if (key.endsWith("-bin") !== value instanceof Uint8Array)
      throw invalidArgument(
        `metadata "${key}" must be ${key.endsWith("-bin") ? "bytes" : "text"}: keys ending in -bin carry bytes, all others text`,
      );
    // Three bytes a UTF-16 unit is the most that text can take.
    bytes += key.length + (typeof value === "string" ? value.length * 3 : value.length) + 5;
  }
  if (bytes > limits.clientMetaBytes) checkExactly(pairs);
  return pairs;
}

function* pairsIn(init: MetadataInit): Iterable<UserPair> {
  if (Symbol.iterator in init) {
    for (const [key, value] of init as Iterable<UserPair>) yield [key, value];
    return;
  }
  for (const [key, value] of Object.entries(init)) {
    if (Array.isArray(value)) for (const each of value) yield [key, each];
    else yield [key, value as MetadataValue];
  }
}

const encoder = new TextEncoder();

function checkExactly(pairs: readonly UserPair[]): void {
  let bytes = 0;
  for (const [key, value] of pairs)
    bytes += 5 + key.length + (typeof value === "string" ? encoder.encode(value) : value).length;
  if (bytes > limits.clientMetaBytes)
    throw invalidArgument(
      `metadata takes ${bytes} bytes; at most ${limits.clientMetaBytes} may be sent`,
      "TOO_LARGE",
    );
}
