/** Reads and writes dynamic messages on the wire: the generic form of what generated code does field by field. */
import { CodecError, keepNumber, keepUnknown, type Reader, type Writer } from "@nexus-bridge/codec";
import type { Field, Message } from "@nexus-bridge/schema";
import { type DynamicItem, type DynamicMessage, setField } from "./dynamic-message.ts";
import { enumCodec, type ScalarCodec, scalarCodec } from "./scalar.ts";
import { wellKnownTypes } from "./well-known.ts";

const plans = new WeakMap<Message, ReadonlyMap<number, Field>>();

/** By number, lowest first. */
function fieldsByNumber(message: Message): ReadonlyMap<number, Field> {
  const known = plans.get(message);
  if (known !== undefined) return known;
  const sorted = [...message.fields].sort((left, right) => left.number - right.number);
  const plan = new Map(sorted.map((field) => [field.number, field]));
  plans.set(message, plan);
  return plan;
}

export function codecOf({ type, utf8Checked }: Field): ScalarCodec | undefined {
  if (type.kind === "scalar") return scalarCodec(type.scalar, utf8Checked);
  return type.kind === "enum" ? enumCodec : undefined;
}

export function writeMessage(writer: Writer, type: Message, message: DynamicMessage): void {
  for (const field of fieldsByNumber(type).values()) {
    const value = message.values.get(field);
    if (value === undefined) {
      const { cardinality } = field;
      if (cardinality.kind === "singular" && cardinality.presence === "required") {
        throw new CodecError(`the field ${field.name} of ${type.fullName} is required`);
      }
      continue;
    }
    if (value.kind === "single") writeSingle(writer, field, value.value);
    else if (value.kind === "list") writeList(writer, field, value.items);
    else for (const [key, item] of value.entries) writeEntry(writer, field, { key, item });
  }
  if (message.unknown !== undefined) writer.raw(message.unknown);
}

function writeSingle(writer: Writer, field: Field, item: DynamicItem): void {
  const { cardinality } = field;
  const isImplicit = cardinality.kind === "singular" && cardinality.presence === "implicit";
  const isZero = item.kind === "scalar" && codecOf(field)?.isZero(item.value) === true;
  if (!(isImplicit && isZero)) writeItem(writer, field, { item, number: field.number });
}

function writeList(writer: Writer, field: Field, items: readonly DynamicItem[]): void {
  const { cardinality, number } = field;
  const isPacked = cardinality.kind === "repeated" && cardinality.packed;
  if (!isPacked || items.length === 0) {
    for (const item of items) writeItem(writer, field, { item, number });
    return;
  }
  const start = writer.open(tagOf(number, 2));
  const codec = codecOf(field);
  for (const item of items) {
    if (item.kind !== "scalar" || codec === undefined) continue;
    // Inside a packed list values have no tags: the tag written with each is taken off again.
    const before = writer.position;
    codec.write(writer, 8, item.value);
    writer.bytes.copyWithin(before, before + 1, writer.position);
    writer.position -= 1;
  }
  writer.close(start);
}

function writeEntry(
  writer: Writer,
  field: Field,
  { key, item }: { readonly key: Parameters<ScalarCodec["write"]>[2]; readonly item: DynamicItem },
): void {
  if (field.cardinality.kind !== "map") return;
  const keyCodec = scalarCodec(field.cardinality.key, field.utf8Checked);
  const start = writer.open(tagOf(field.number, 2));
  keyCodec.write(writer, tagOf(1, keyCodec.wire), key);
  writeItem(writer, field, { item, number: 2 });
  writer.close(start);
}

function writeItem(
  writer: Writer,
  field: Field,
  { item, number }: { readonly item: DynamicItem; readonly number: number },
): void {
  if (item.kind === "scalar") {
    const codec = codecOf(field);
    codec?.write(writer, tagOf(number, codec.wire), item.value);
    return;
  }
  if (field.type.kind !== "message") return;
  const { message } = field.type;
  const write = (): void => {
    if (item.kind === "message") writeMessage(writer, message, item.value);
    else if (message.wellKnown !== undefined) {
      wellKnownTypes[message.wellKnown].type.write(writer, item.value);
    }
  };
  if (field.delimited) {
    const tag = tagOf(number, 3);
    writer.openGroup(tag);
    write();
    writer.closeGroup(tag);
    return;
  }
  const start = writer.open(tagOf(number, 2));
  write();
  writer.close(start);
}

export function readMessage(
  reader: Reader,
  end: number,
  { type, base }: { readonly type: Message; readonly base?: DynamicMessage | undefined },
): DynamicMessage {
  const message: DynamicMessage = base ?? { values: new Map() };
  const fields = fieldsByNumber(type);
  let unknown = keepUnknown(base?.unknown);
  while (reader.position < end) {
    const tag = reader.tag();
    const field = fields.get(tag >>> 3);
    const wire = tag & 7;
    if (field === undefined || !takes(field, wire)) {
      unknown = reader.keep(unknown, tag);
      continue;
    }
    if (field.cardinality.kind === "map") {
      unknown = readEntry(reader, { field, tag, message, unknown });
    } else if (wire === 2 && isPackable(field)) {
      const length = reader.length();
      const stop = reader.position + length;
      unknown = readPacked(reader, stop, { field, tag, message, unknown });
    } else unknown = readField(reader, { field, tag, message, unknown });
  }
  reader.close(end);
  if (unknown !== undefined) message.unknown = unknown.finish();
  return message;
}

function isPackable(field: Field): boolean {
  const codec = codecOf(field);
  return field.cardinality.kind === "repeated" && codec !== undefined && codec.wire !== 2;
}

function takes(field: Field, wire: number): boolean {
  if (field.cardinality.kind === "map") return wire === 2;
  if (field.type.kind === "message") return wire === (field.delimited ? 3 : 2);
  return wire === codecOf(field)?.wire || (wire === 2 && isPackable(field));
}

interface Reading {
  readonly field: Field;
  readonly tag: number;
  readonly message: DynamicMessage;
  readonly unknown: Writer | undefined;
}

function readPacked(reader: Reader, stop: number, reading: Reading): Writer | undefined {
  let { unknown } = reading;
  // What a closed enum does not know is kept as a field of its own, unpacked.
  const tag = tagOf(reading.field.number, 0);
  while (reader.position < stop) unknown = readField(reader, { ...reading, tag, unknown });
  if (reader.position !== stop) throw new CodecError("a packed list passes its end");
  return unknown;
}

function readField(reader: Reader, { field, tag, message, unknown }: Reading): Writer | undefined {
  const known = message.values.get(field);
  const base = known?.kind === "single" ? known.value : undefined;
  const item = readItem(reader, field, { tag, base });
  if (isUnknownEnum(field, item)) return keepNumber(unknown, tag, item.value);
  if (field.cardinality.kind !== "repeated")
    setField(message, field, { kind: "single", value: item });
  else if (known?.kind === "list") known.items.push(item);
  else setField(message, field, { kind: "list", items: [item] });
  return unknown;
}

function isUnknownEnum(
  { type }: Field,
  item: DynamicItem,
): item is { readonly kind: "scalar"; readonly value: number } {
  if (type.kind !== "enum" || !type.enum.closed || item.kind !== "scalar") return false;
  return !type.enum.values.some((value) => value.number === item.value);
}

function readItem(
  reader: Reader,
  field: Field,
  { tag, base }: { readonly tag: number; readonly base: DynamicItem | undefined },
): DynamicItem {
  const { type } = field;
  const codec = codecOf(field);
  if (codec !== undefined) return { kind: "scalar", value: codec.read(reader) };
  if (type.kind !== "message") throw new TypeError("a field without a codec is a message");
  const { message } = type;
  const end = field.delimited ? reader.openGroup(tag) : reader.open();
  let item: DynamicItem;
  if (message.wellKnown === undefined) {
    const earlier = base?.kind === "message" ? base.value : undefined;
    item = { kind: "message", value: readMessage(reader, end, { type: message, base: earlier }) };
  } else {
    const earlier = base?.kind === "well_known" ? base.value : undefined;
    const value = wellKnownTypes[message.wellKnown].type.read(reader, end, earlier);
    item = { kind: "well_known", value };
  }
  if (field.delimited) reader.closeGroup();
  return item;
}

function readEntry(reader: Reader, { field, tag, message, unknown }: Reading): Writer | undefined {
  if (field.cardinality.kind !== "map") return unknown;
  const keyCodec = scalarCodec(field.cardinality.key, field.utf8Checked);
  const start = reader.position;
  const end = reader.open();
  const valueWire = field.type.kind === "message" ? 2 : (codecOf(field)?.wire ?? 0);
  let key = keyCodec.zero();
  let item: DynamicItem | undefined;
  while (reader.position < end) {
    const inner = reader.tag();
    if (inner === tagOf(1, keyCodec.wire)) key = keyCodec.read(reader);
    else if (inner === tagOf(2, valueWire))
      item = readItem(reader, field, { tag: inner, base: item });
    else reader.skip(inner);
  }
  reader.close(end);
  const value = item ?? zeroItem(field);
  if (isUnknownEnum(field, value)) {
    const kept = unknown ?? keepUnknown(new Uint8Array(0));
    kept?.varint(tag);
    kept?.raw(reader.bytes.subarray(start, end));
    return kept;
  }
  const known = message.values.get(field);
  if (known?.kind === "map") known.entries.set(key, value);
  else setField(message, field, { kind: "map", entries: new Map([[key, value]]) });
  return unknown;
}

/** What an entry without a value holds. */
function zeroItem(field: Field): DynamicItem {
  const { type } = field;
  if (type.kind === "scalar") {
    return { kind: "scalar", value: scalarCodec(type.scalar, true).zero() };
  }
  if (type.kind === "enum") return { kind: "scalar", value: type.enum.values[0]?.number ?? 0 };
  const { wellKnown } = type.message;
  if (wellKnown === undefined) return { kind: "message", value: { values: new Map() } };
  return { kind: "well_known", value: wellKnownTypes[wellKnown].type.create() };
}

function tagOf(number: number, wire: number): number {
  return ((number << 3) | wire) >>> 0;
}
