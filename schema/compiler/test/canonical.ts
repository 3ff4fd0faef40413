/**
 * Reads an encoded FileDescriptorSet into plain values for comparison, field by field from the bytes, with the compiler's
 * own descriptor.proto as the guide. Options are compared as trees too, because their order on the wire is free.
 */
import { compile } from "../src/compile.ts";
import type { LinkedField, LinkedMessage } from "../src/linked.ts";

const path = "google/protobuf/descriptor.proto";
const { linked } = compile([], { inputs: [path] });
const types = new Map(
  linked.flatMap((file) => file.messages).map((message) => [message.fullName, message]),
);

/** FieldDescriptorProto.TYPE_FLOAT. */
const floatType = 2n;

type Tree = { readonly [name: string]: readonly unknown[] };

/** The files in `only`, by name, without what says where things stand in the source. */
export function canonicalSet(bytes: Uint8Array, only: ReadonlySet<string>): readonly unknown[] {
  const type = types.get("google.protobuf.FileDescriptorSet");
  if (type === undefined) throw new Error("descriptor.proto lacks FileDescriptorSet");
  const files = (readTree(bytes, type).file ?? []) as readonly Tree[];
  return files
    .filter((file) => only.has(String(file.name?.[0])))
    .sort((left, right) => (String(left.name?.[0]) < String(right.name?.[0]) ? -1 : 1));
}

function readTree(bytes: Uint8Array, type: LinkedMessage | undefined): Tree {
  const tree = new Map<string, unknown[]>();
  for (const { number, wire, value } of wireFields(bytes)) {
    const field = type?.fields.find((candidate) => candidate.number === number);
    const name = field?.jsonName ?? `${number}/${wire}`;
    const list = tree.get(name) ?? [];
    tree.set(name, list);
    list.push(readValue(field, value));
  }
  const text = tree.get("defaultValue");
  // A float's default is as short as protoc writes it here, and as long as its double in buf.
  if (text !== undefined && tree.get("type")?.[0] === floatType) {
    tree.set("defaultValue", [Math.fround(Number(String(text[0]).replace("inf", "Infinity")))]);
  }
  return Object.fromEntries([...tree].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function readValue(field: LinkedField | undefined, value: bigint | Uint8Array): unknown {
  if (!(value instanceof Uint8Array)) return value;
  if (field?.type?.kind === "message") return readTree(value, field.type.message);
  const isText = field?.type?.kind === "scalar" && field.type.scalar === "string";
  if (isText) return new TextDecoder().decode(value);
  // An extension of options, whose schema is not known here: a message where it reads as one.
  try {
    return field === undefined ? readTree(value, undefined) : [...value];
  } catch {
    return [...value];
  }
}

interface WireField {
  readonly number: number;
  readonly wire: number;
  readonly value: bigint | Uint8Array;
}

function* wireFields(bytes: Uint8Array): Generator<WireField> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[offset];
      if (byte === undefined || shift > 63n) throw new RangeError("not a varint");
      offset += 1;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (offset < bytes.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    const wire = tag & 7;
    if (number === 0) throw new RangeError("not a tag");
    if (wire === 0) yield { number, wire, value: varint() };
    else if (wire === 1) {
      offset += 8;
      yield { number, wire, value: view.getBigUint64(offset - 8, true) };
    } else if (wire === 5) {
      offset += 4;
      yield { number, wire, value: BigInt(view.getUint32(offset - 4, true)) };
    } else if (wire === 2) {
      const length = Number(varint());
      if (offset + length > bytes.length) throw new RangeError("the bytes end early");
      offset += length;
      yield { number, wire, value: bytes.subarray(offset - length, offset) };
    } else throw new RangeError(`wire type ${wire}`);
  }
}
