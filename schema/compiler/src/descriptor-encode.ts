/**
 * Encodes descriptors as a FileDescriptorSet, which protoc's plugins, reflection and other tools take. It walks
 * descriptor.proto itself, so that there is no second list of its fields.
 */
import { Writer } from "@nexus-bridge/codec";
import { builtinFile } from "./builtin.ts";
import type { FileDescriptorProto } from "./descriptor.ts";
import type { LinkedField, LinkedMessage } from "./linked.ts";
import { link } from "./linker.ts";
import { parse } from "./parser.ts";
import { createReport } from "./report.ts";
import { scalarTag, writeScalar } from "./wire.ts";

const descriptorPath = "google/protobuf/descriptor.proto";
let setType: LinkedMessage | undefined;

/** `files` in the order of `Compilation.descriptors`: dependencies first. Deterministic. */
export function encodeDescriptorSet(files: readonly FileDescriptorProto[]): Uint8Array {
  const writer = new Writer();
  setType ??= linkSetType();
  if (setType !== undefined) write(writer, setType, { file: files });
  return writer.finish();
}

function linkSetType(): LinkedMessage | undefined {
  const file = builtinFile(descriptorPath);
  if (file === undefined) return undefined;
  const trees = new Map([[descriptorPath, parse(file).tree]]);
  const symbol = link(trees, createReport()).symbols.get("google.protobuf.FileDescriptorSet");
  return symbol?.kind === "message" ? symbol : undefined;
}

function write(writer: Writer, type: LinkedMessage, value: object): void {
  const members: ReadonlyMap<string, unknown> = new Map(Object.entries(value));
  const fields = [...type.fields].sort((left, right) => left.number - right.number);
  for (const field of fields) {
    const member = members.get(field.jsonName);
    if (member === undefined) continue;
    const items: readonly unknown[] = Array.isArray(member) ? member : [member];
    for (const item of items) writeItem(writer, field, item);
  }
  const unknown = members.get("$unknown");
  if (unknown instanceof Uint8Array) writer.raw(unknown);
}

function writeItem(writer: Writer, { type, number }: LinkedField, item: unknown): void {
  if (type?.kind === "message") {
    if (typeof item !== "object" || item === null) return;
    const start = writer.open(number * 8 + 2);
    write(writer, type.message, item);
    writer.close(start);
    return;
  }
  const scalar = type?.kind === "scalar" ? type.scalar : "int32";
  const isScalar =
    typeof item === "string" ||
    typeof item === "number" ||
    typeof item === "bigint" ||
    typeof item === "boolean" ||
    item instanceof Uint8Array;
  if (isScalar) writeScalar(writer, { scalar, tag: scalarTag(number, scalar), value: item });
}
