/**
 * What a router can do with a payload that its receiver does not read: take its compression off, and turn proto-JSON into the
 * binary encoding. Both are given to the core from outside; without them such a payload is refused.
 */

/** One message type in both encodings. Both functions throw an `Error` that says what does not fit the schema. */
export interface MessageSchema {
  /** From the text of proto-JSON. */
  fromJson(text: string): Uint8Array;
  toJson(bytes: Uint8Array): unknown;
}

/** The schemas that the router knows, by the names that pass through it. */
export interface MessageSchemas {
  method(
    name: string,
  ): { readonly request: MessageSchema; readonly response: MessageSchema } | undefined;
  topic(name: string): MessageSchema | undefined;
}

export interface Encodings {
  /** Zlib of RFC 1950; undefined where it would be more than `bytesMax`. Throws an `Error` where the bytes are not that. */
  readonly inflate?: (bytes: Uint8Array, bytesMax: number) => Uint8Array | undefined;
  readonly schemas?: MessageSchemas;
}

export const Codec = { NONE: 0, ZLIB: 1 } as const;
/** The capability of HELLO and WELCOME: flag JSON is understood. */
export const JSON_CAPABILITY = "json";
