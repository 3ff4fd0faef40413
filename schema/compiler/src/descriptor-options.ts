/** Interpreted options in the shape of generated code: standard ones by name, extensions as their encoding. */
import { Writer } from "@nexus-bridge/codec";
import type { Options, OptionsValue } from "./descriptor.ts";
import type { DefaultValue, LinkedField, OptionMessage, OptionValue } from "./linked.ts";
import { isPackable } from "./model-message.ts";
import { settingOf } from "./option-read.ts";
import { isOptionMessage } from "./option-set.ts";
import { scalarTag, writeScalar } from "./wire.ts";

export function optionsOf(message: OptionMessage | undefined): { readonly options?: Options } {
  return message === undefined ? {} : { options: optionsObject(message) };
}

function optionsObject(message: OptionMessage): Options {
  const object: Record<string, OptionsValue> = {};
  const extensions = new Writer();
  for (const [field, { values }] of byNumber(message)) {
    if (field.isExtension) {
      writeField(extensions, field, values);
      continue;
    }
    const plain = values.map(
      (value): OptionsValue => (isOptionMessage(value) ? optionsObject(value) : value),
    );
    const [first] = plain;
    if (field.label === "repeated") object[field.jsonName] = plain;
    else if (first !== undefined) object[field.jsonName] = first;
  }
  return extensions.position === 0 ? object : { ...object, $unknown: extensions.finish() };
}

function byNumber(
  message: OptionMessage,
): readonly [LinkedField, { readonly values: OptionValue[] }][] {
  return [...message.values].sort(([left], [right]) => left.number - right.number);
}

function writeMessage(writer: Writer, message: OptionMessage): void {
  for (const [field, { values }] of byNumber(message)) writeField(writer, field, values);
}

function writeField(writer: Writer, field: LinkedField, values: readonly OptionValue[]): void {
  const { type, number } = field;
  if (type === undefined) return;
  if (type.kind !== "message") {
    const scalar = type.kind === "enum" ? "int32" : type.scalar;
    const scalars = values.filter((value): value is DefaultValue => !isOptionMessage(value));
    if (isPackedOption(field)) writePacked(writer, { number, scalar, values: scalars });
    else {
      const tag = scalarTag(number, scalar);
      for (const value of scalars) writeScalar(writer, { scalar, tag, value });
    }
    return;
  }
  const isDelimited =
    field.isGroup || (field.features.messageEncoding === "DELIMITED" && !field.isMap);
  for (const value of values) {
    if (!isOptionMessage(value)) continue;
    if (isDelimited) {
      const tag = number * 8 + 3;
      writer.openGroup(tag);
      writeMessage(writer, value);
      writer.closeGroup(tag);
    } else {
      const start = writer.open(number * 8 + 2);
      writeMessage(writer, value);
      writer.close(start);
    }
  }
}

function isPackedOption(field: LinkedField): boolean {
  if (!isPackable(field)) return false;
  const written = settingOf(field.options, "packed")?.values[0];
  return typeof written === "boolean" ? written : field.features.repeatedFieldEncoding === "PACKED";
}

interface Packed {
  readonly number: number;
  readonly scalar: Parameters<typeof writeScalar>[1]["scalar"];
  readonly values: readonly DefaultValue[];
}

function writePacked(writer: Writer, { number, scalar, values }: Packed): void {
  const items = new Writer();
  const start = writer.open(number * 8 + 2);
  for (const value of values) {
    // A one-byte tag that is taken off again: packed values have none.
    items.rewind();
    writeScalar(items, { scalar, tag: 8, value });
    writer.raw(items.bytes.subarray(1, items.position));
  }
  writer.close(start);
}
