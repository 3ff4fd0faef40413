/**
 * One line and one frame are each other: header fields as short keys, meta and control payloads as named fields. Checksums and
 * lengths are made here, so a line has none; aliases and fragments are the channel's business.
 */
import {
  defaultClass,
  encodeFrame,
  Flag,
  type FrameInit,
  FrameType,
  frameTypeName,
  limits,
  type Meta,
} from "@nexus-bridge/protocol";
import type { MessageSchema } from "@nexus-bridge/router-core";
import { controlJson } from "./control-json.ts";
import { Fields, isRecord, toBase64 } from "./fields.ts";
import { findJsonFault } from "./json-fault.ts";
import { LineFault, payloadFault, wrong } from "./line-fault.ts";
import { metaFromJson, metaToJson } from "./meta-json.ts";

const keys = ["t", "s", "r", "f", "a", "c", "m", "p", "b64"];
const types = new Map<string, FrameType>(Object.entries(FrameType));
const flagNames = Object.entries(Flag).filter(([name]) => name !== "MORE" && name !== "PCRC");
const flagBits = new Map<string, number>(flagNames);
const codecBits = 7;
const messageTypes: ReadonlySet<number> = new Set([
  FrameType.OPEN,
  FrameType.DATA,
  FrameType.PUBLISH,
  FrameType.EVENT,
]);

const openers: ReadonlySet<number> = new Set([
  FrameType.OPEN,
  FrameType.SUBSCRIBE,
  FrameType.REGISTER,
]);

/** A frame without its bytes: what the channel reads, and what a line says. */
export interface LineFrame extends FrameInit {
  readonly type: FrameType;
  readonly flags: number;
  readonly stream: number;
  readonly arg: number;
  /** The method or topic. */
  readonly name: string | undefined;
}

/** The type of a message that `frame` carries, and its name for people; undefined where no schema says. */
export type SchemaOf = (frame: LineFrame) => MessageSchema | undefined;

/** Reads one line; throws {@link LineFault}. */
export function frameFromLine(text: string, schemaOf: SchemaOf): LineFrame {
  const fields = new Fields(parse(text), "", keys);
  const type = typeOf(fields);
  const name = fields.text("r");
  const frame: LineFrame = {
    type,
    name,
    stream: fields.uint32("s") ?? 0,
    arg: fields.uint32("a") ?? (type === FrameType.SUBSCRIBE ? limits.subscriptionCredit : 0),
    flags: flagsOf(fields),
    class: classOf(fields, type),
    ...metaOf(fields, name),
  };
  const payload = payloadOf(fields, frame, schemaOf);
  // A stream that a person forgot is a slip of this line; to the router it would be the end of the link.
  if (frame.stream === 0 && openers.has(type))
    return fields.fail("s", "is missing: an odd number above those that you used before");
  return payload === undefined ? frame : { ...frame, payload };
}

/** The frame as bytes. */
export const bytesOf = ({ name: _name, ...init }: LineFrame): Uint8Array => encodeFrame(init);

function parse(text: string): unknown {
  try {
    // A fault is found before the parser of the runtime sees how deep the text nests.
    const fault = findJsonFault(text);
    if (fault === undefined) return JSON.parse(text);
    throw new LineFault({ column: fault.column }, fault.message);
  } catch (error) {
    if (error instanceof LineFault) throw error;
    throw new LineFault({}, error instanceof Error ? error.message : String(error));
  }
}

function typeOf(fields: Fields): FrameType {
  const name = fields.text("t");
  if (name === undefined) return fields.fail("t", 'is missing: a frame type, as in "t":"HELLO"');
  const type = types.get(name);
  if (type === undefined)
    return fields.fail("t", `is no frame type; there are ${[...types.keys()].join(", ")}`);
  if (type === FrameType.ALIAS)
    return fields.fail("t", "names stand in r; a line needs no ALIAS, and none is shown");
  return type;
}

function flagsOf(fields: Fields): number {
  let flags = 0;
  for (const name of fields.list("f") ?? []) {
    const bit = typeof name === "string" ? flagBits.get(name) : undefined;
    if (bit === undefined)
      return fields.fail("f", `must be a list of ${[...flagBits.keys()].join(", ")}`);
    flags |= bit;
  }
  return flags;
}

function classOf(fields: Fields, type: FrameType): number {
  const value = fields.uint32("c", 255) ?? defaultClass(type);
  return (value & codecBits) === 0
    ? value
    : fields.fail("c", "must leave bits 0 to 2 at 0: a line has no payload codec");
}

function metaOf(fields: Fields, name: string | undefined): { readonly meta?: Meta } {
  const meta = metaFromJson(fields.get("m"), name);
  return meta === undefined ? {} : { meta };
}

function payloadOf(fields: Fields, frame: LineFrame, schemaOf: SchemaOf): Uint8Array | undefined {
  const json = fields.get("p");
  if (fields.has("b64")) {
    if (json !== undefined) return fields.fail("b64", "stands beside p; write one of them");
    return fields.bytes("b64");
  }
  const control = controlJson(frame.type);
  if (control !== undefined) {
    const said = helped(frame.type, json);
    return said === undefined && !control.isRaw ? undefined : control.fromJson(said ?? {});
  }
  if (json === undefined) return undefined;
  if (!messageTypes.has(frame.type))
    return fields.fail("p", `has no meaning: ${frameTypeName(frame.type)} has no payload`);
  return messageFromJson(json, frame, schemaOf);
}

/** What a person need not write: the wire's version. */
function helped(type: FrameType, json: unknown): unknown {
  if (type !== FrameType.HELLO) return json;
  const hello = json ?? {};
  if (!isRecord(hello)) return wrong("p", "must be an object: {...}");
  if ("codecs" in hello) return wrong("p.codecs", "must be left out: a line has no payload codec");
  const client = { name: "json lines" };
  return { wireMin: 1, wireMax: 1, client, capabilities: ["json"], ...hello };
}

function messageFromJson(json: unknown, frame: LineFrame, schemaOf: SchemaOf): Uint8Array {
  if ((frame.flags & Flag.JSON) !== 0) return new TextEncoder().encode(JSON.stringify(json));
  const schema = schemaOf(frame);
  if (schema === undefined) {
    const named = frame.name === undefined ? "this stream" : frame.name;
    return wrong(
      "p",
      `the router has no schema for ${named}; write the encoded message as "b64", or give the router the schema`,
    );
  }
  try {
    return schema.fromJson(JSON.stringify(json));
  } catch (error) {
    throw payloadFault(error);
  }
}

/** Writes one frame as a line, its end included. */
export function lineOf(frame: LineFrame, schemaOf: SchemaOf): string {
  const { type, flags, stream, arg, name } = frame;
  const names = flagNames.filter(([, bit]) => (flags & bit) !== 0).map(([flag]) => flag);
  const meta = frame.meta && metaToJson(frame.meta);
  const frameClass = frame.class ?? defaultClass(type);
  const line = {
    t: frameTypeName(type),
    ...(stream !== 0 && { s: stream }),
    ...(name !== undefined && { r: name }),
    ...(names.length > 0 && { f: names }),
    ...(arg !== 0 && { a: arg }),
    ...(frameClass !== defaultClass(type) && { c: frameClass }),
    ...(meta && { m: meta }),
    ...payloadFields(frame, schemaOf),
  };
  return `${JSON.stringify(line)}\n`;
}

function payloadFields(frame: LineFrame, schemaOf: SchemaOf): Readonly<Record<string, unknown>> {
  const { type, flags, payload } = frame;
  const control = controlJson(type);
  if (control !== undefined) {
    const json = control.toJson(payload ?? new Uint8Array(0));
    return isRecord(json) && Object.keys(json).length === 0 ? {} : { p: json };
  }
  if (payload === undefined) return {};
  const json = (flags & Flag.JSON) !== 0 ? ownJson(payload) : schemaJson(payload, frame, schemaOf);
  return json === undefined ? { b64: toBase64(payload) } : { p: json };
}

/** Who sent it may have sent anything. */
function ownJson(payload: Uint8Array): unknown {
  const text = new TextDecoder().decode(payload);
  return findJsonFault(text) === undefined ? JSON.parse(text) : undefined;
}

function schemaJson(payload: Uint8Array, frame: LineFrame, schemaOf: SchemaOf): unknown {
  // A large message is a large cost for the router, and no joy to read.
  if (payload.length > limits.fragmentBytes) return undefined;
  try {
    return schemaOf(frame)?.toJson(payload);
  } catch {
    return undefined;
  }
}

/** What went wrong with a line, as a line. Only the router's own ERROR, which ends the link, has a code in `a`. */
export function faultLine(fault: LineFault, line: number, left: number): string {
  const { key, column } = fault.place;
  const message = key === undefined || key === "" ? fault.message : `${key}: ${fault.message}`;
  return `${JSON.stringify({ t: "ERROR", line, ...(column !== undefined && { column }), p: { message }, left })}\n`;
}
