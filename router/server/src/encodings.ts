/** What this process gives the core for payloads: zlib, bounded while it inflates, and the schemas of the registry. */
import { inflateSync } from "node:zlib";
import type { Encodings, MessageSchemas } from "@nexus-bridge/router-core";
import type { MethodTypes, SchemaIndex, SchemaRegistry } from "@nexus-bridge/router-registry";
import { OWN_SUBJECT } from "@nexus-bridge/router-registry";
import { messageSchemas } from "./message-schemas.ts";

export function encodingsOf(
  registry: SchemaRegistry,
): Encodings & { readonly schemas: MessageSchemas } {
  const { index } = registry;
  const all: SchemaIndex = {
    method: (name) => index.method(name) ?? ownMethod(registry, name),
    topic: (name) => index.topic(name),
    message: (fullName) => index.message(fullName),
  };
  return { inflate, schemas: messageSchemas(all) };
}

const ownServices = /^(?:nexus\.router|grpc\.health)\./;

/** The router's own services, whose schema nobody pushes: it is compiled when it is first asked for. */
function ownMethod(registry: SchemaRegistry, name: string): MethodTypes | undefined {
  if (!ownServices.test(name)) return undefined;
  const slash = name.indexOf("/");
  const service = registry.get(OWN_SUBJECT)?.model.services.get(name.slice(0, slash));
  const method = service?.methods.find((each) => each.name === name.slice(slash + 1));
  if (method === undefined) return undefined;
  const { shape, request, response } = method;
  return { shape, requestType: request, responseType: response };
}

/** Stops where the output passes `bytesMax`; bytes behind the end of the stream are a fault too. */
export function inflate(bytes: Uint8Array, bytesMax: number): Uint8Array | undefined {
  try {
    const { buffer, engine } = inflateWithInfo(bytes, bytesMax);
    const behind = bytes.length - engine.bytesWritten;
    if (behind === 0) return buffer;
    throw new Error(`${behind} bytes stand behind the end of the stream`);
  } catch (error) {
    const isLong = error instanceof Error && "code" in error && error.code === TOO_LARGE;
    if (isLong) return undefined;
    throw error;
  }
}

const TOO_LARGE = "ERR_BUFFER_TOO_LARGE";

interface Inflated {
  readonly buffer: Buffer;
  /** How far the input was read. */
  readonly engine: { readonly bytesWritten: number };
}

function inflateWithInfo(bytes: Uint8Array, bytesMax: number): Inflated {
  // A limit of 0 is none there.
  const options = { maxOutputLength: Math.max(1, bytesMax), info: true };
  return inflateSync(bytes, options) as unknown as Inflated;
}
