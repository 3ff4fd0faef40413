/**
 * The testee of the TypeScript and the Node adapter: protobuf's pipe protocol (a length of 4 bytes, little-endian, and a
 * message) over the generated classes. It answers whatever comes, and never judges.
 */
import { readdirSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as codec from "@nexus-bridge/codec";

type AnyJsonType = codec.AnyJsonType;

/** Of conformance.proto. */
const PROTOBUF = 1;
const JSON_FORMAT = 2;
const IGNORE_UNKNOWN = 3;

interface Request {
  readonly payload?: { readonly case: string; readonly value: Uint8Array | string };
  readonly requestedOutputFormat: number;
  readonly messageType: string;
  readonly testCategory: number;
}
interface Answer {
  readonly case: string;
  readonly value: Uint8Array | string;
}

/** Serves the pipe with the classes in `folder` until it is closed. */
export async function serveTestee(folder: string): Promise<void> {
  const types = new Map<string, AnyJsonType>();
  const extensions: codec.AnyExtension[] = [];
  const exported: unknown[] = [...Object.values(codec)];
  for (const path of indexes(folder)) {
    exported.push(...Object.values(await import(pathToFileURL(path).href)));
  }
  for (const value of exported) {
    if (isJsonType(value)) types.set(value.type.typeName, value);
    else if (isExtension(value)) extensions.push(value);
  }
  const registry = codec.createRegistry(...types.values(), ...extensions);
  const ask = types.get("conformance.ConformanceRequest");
  const answer = types.get("conformance.ConformanceResponse");
  if (ask === undefined || answer === undefined) throw new Error(`no classes in ${folder}`);
  for (let head = exact(4); head !== undefined; head = exact(4)) {
    const bytes = exact(head.readUInt32LE(0)) ?? new Uint8Array(0);
    const result = perform(ask.type.decode(bytes), types, registry);
    write(answer.type.encode({ result }));
  }
}

function perform(
  request: Request,
  types: ReadonlyMap<string, AnyJsonType>,
  registry: codec.JsonRegistry,
): Answer {
  const type = types.get(request.messageType);
  if (type === undefined) return { case: "skipped", value: `no type ${request.messageType}` };
  let message: unknown;
  try {
    const { payload } = request;
    if (payload?.case === "protobufPayload")
      message = type.type.decode(payload.value as Uint8Array);
    else if (payload?.case === "jsonPayload") {
      const ignoreUnknown = request.testCategory === IGNORE_UNKNOWN;
      message = type.parse(payload.value as string, { registry, ignoreUnknown });
    } else return { case: "skipped", value: `no payload ${payload?.case}` };
  } catch (error) {
    return { case: "parseError", value: String(error) };
  }
  try {
    switch (request.requestedOutputFormat) {
      case PROTOBUF:
        return { case: "protobufPayload", value: type.type.encode(message) };
      case JSON_FORMAT:
        return { case: "jsonPayload", value: type.stringify(message, { registry }) };
      default:
        return { case: "skipped", value: `no format ${request.requestedOutputFormat}` };
    }
  } catch (error) {
    return { case: "serializeError", value: String(error) };
  }
}

function isJsonType(value: unknown): value is AnyJsonType {
  return (
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    "parse" in value &&
    "fromJson" in value
  );
}

function isExtension(value: unknown): value is codec.AnyExtension {
  return typeof value === "object" && value !== null && "extendee" in value && "holder" in value;
}

/** Every module that hands on a folder's classes. */
function indexes(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /(^|[/\\])index\.[jt]s$/.test(path))
    .map((path) => join(folder, path));
}

function exact(size: number): Buffer | undefined {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; ) {
    const read = readSync(0, bytes, at, size - at, null);
    if (read === 0) return undefined;
    at += read;
  }
  return bytes;
}

function write(message: Uint8Array): void {
  const bytes = Buffer.alloc(4 + message.length);
  bytes.writeUInt32LE(message.length);
  bytes.set(message, 4);
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}
