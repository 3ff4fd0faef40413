/** What this process gives the core for payloads: zlib, bounded while it inflates, and the schemas of the registry. */
import { inflateSync } from "node:zlib";
import type { Encodings, MessageSchemas } from "@nexus-bridge/router-core";
import type { SchemaIndex } from "@nexus-bridge/router-registry";
import { messageSchemas } from "./message-schemas.ts";

export function encodingsOf(index: SchemaIndex): Encodings & { readonly schemas: MessageSchemas } {
  return { inflate, schemas: messageSchemas(index) };
}

/** Stops where the output passes `bytesMax`; bytes behind the end of the stream are a fault too. */
export function inflate(bytes: Uint8Array, bytesMax: number): Uint8Array {
  const { buffer, engine } = inflateWithInfo(bytes, bytesMax);
  if (engine.bytesWritten !== bytes.length) {
    throw new Error(`${bytes.length - engine.bytesWritten} bytes stand behind the end of the stream`);
  }
  return buffer;
}

interface Inflated {
  readonly buffer: Buffer;
  /** How far the input was read. */
  readonly engine: { readonly bytesWritten: number };
}

function inflateWithInfo(bytes: Uint8Array, bytesMax: number): Inflated {
  const options = { maxOutputLength: bytesMax, info: true };
  return inflateSync(bytes, options) as unknown as Inflated;
}
