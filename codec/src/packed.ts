/**
 * Packed lists. Reading appends to the list, so that several occurrences of a field join, and sizes nothing beforehand;
 * one function a type, because a shared loop would call through a value and be several times slower.
 */
import { refuseValue } from "./codec-error.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

const varint32BytesMax = 5;

export function readPackedUint32(reader: Reader, values: number[]): void {
  const end = reader.open();
  const { bytes } = reader;
  while (reader.position < end) {
    const byte = bytes[reader.position] as number;
    if (byte < 128) {
      reader.position += 1;
      values.push(byte);
    } else values.push(reader.uint32());
  }
  reader.close(end);
}

export function readPackedInt32(reader: Reader, values: number[]): void {
  const end = reader.open();
  const { bytes } = reader;
  while (reader.position < end) {
    const byte = bytes[reader.position] as number;
    if (byte < 128) {
      reader.position += 1;
      values.push(byte);
    } else values.push(reader.int32());
  }
  reader.close(end);
}

export function readPackedSint32(reader: Reader, values: number[]): void {
  const end = reader.open();
  while (reader.position < end) values.push(reader.sint32());
  reader.close(end);
}

export function readPackedBool(reader: Reader, values: boolean[]): void {
  const end = reader.open();
  while (reader.position < end) values.push(reader.bool());
  reader.close(end);
}

export function readPackedUint64(reader: Reader, values: bigint[]): void {
  const end = reader.open();
  while (reader.position < end) values.push(reader.uint64());
  reader.close(end);
}

export function readPackedInt64(reader: Reader, values: bigint[]): void {
  const end = reader.open();
  while (reader.position < end) values.push(reader.int64());
  reader.close(end);
}

export function readPackedSint64(reader: Reader, values: bigint[]): void {
  const end = reader.open();
  while (reader.position < end) values.push(reader.sint64());
  reader.close(end);
}

export function readPackedFixed32(reader: Reader, values: number[]): void {
  const end = reader.open();
  const view = reader.view();
  let position = reader.position;
  for (; position + 4 <= end; position += 4) values.push(view.getUint32(position, true));
  reader.position = position;
  reader.close(end);
}

export function readPackedSfixed32(reader: Reader, values: number[]): void {
  const end = reader.open();
  const view = reader.view();
  let position = reader.position;
  for (; position + 4 <= end; position += 4) values.push(view.getInt32(position, true));
  reader.position = position;
  reader.close(end);
}

export function readPackedFixed64(reader: Reader, values: bigint[]): void {
  const end = reader.open();
  const view = reader.view();
  let position = reader.position;
  for (; position + 8 <= end; position += 8) values.push(view.getBigUint64(position, true));
  reader.position = position;
  reader.close(end);
}

export function readPackedSfixed64(reader: Reader, values: bigint[]): void {
  const end = reader.open();
  const view = reader.view();
  let position = reader.position;
  for (; position + 8 <= end; position += 8) values.push(view.getBigInt64(position, true));
  reader.position = position;
  reader.close(end);
}

export function readPackedFloat(reader: Reader, values: number[]): void {
  const end = reader.open();
  const view = reader.view();
  let position = reader.position;
  for (; position + 4 <= end; position += 4) values.push(view.getFloat32(position, true));
  reader.position = position;
  reader.close(end);
}

export function readPackedDouble(reader: Reader, values: number[]): void {
  const end = reader.open();
  const view = reader.view();
  let position = reader.position;
  for (; position + 8 <= end; position += 8) values.push(view.getFloat64(position, true));
  reader.position = position;
  reader.close(end);
}

export function writePackedUint32(writer: Writer, tag: number, values: readonly number[]): void {
  const start = writer.open(tag);
  writer.reserve(varint32BytesMax * values.length);
  const { bytes } = writer;
  let { position } = writer;
  for (const value of values) {
    if (value >>> 0 !== value) refuseValue(tag, "an integer from 0 to 4294967295", value);
    let rest = value;
    for (; rest > 127; rest >>>= 7) bytes[position++] = (rest & 127) | 128;
    bytes[position++] = rest;
  }
  writer.position = position;
  writer.close(start);
}

export function writePackedInt32(writer: Writer, tag: number, values: readonly number[]): void {
  const start = writer.open(tag);
  for (const value of values) {
    if ((value | 0) !== value) refuseValue(tag, "an integer of 32 bits", value);
    if (value >= 0) writer.varint(value);
    else writer.bigVarint(BigInt(value));
  }
  writer.close(start);
}

export function writePackedSint32(writer: Writer, tag: number, values: readonly number[]): void {
  const start = writer.open(tag);
  for (const value of values) {
    if ((value | 0) !== value) refuseValue(tag, "an integer of 32 bits", value);
    writer.varint(((value << 1) ^ (value >> 31)) >>> 0);
  }
  writer.close(start);
}

export function writePackedBool(writer: Writer, tag: number, values: readonly boolean[]): void {
  const start = writer.open(tag);
  for (const value of values) {
    if (typeof value !== "boolean") refuseValue(tag, "a boolean", value);
    writer.varint(value ? 1 : 0);
  }
  writer.close(start);
}

export function writePackedUint64(writer: Writer, tag: number, values: readonly bigint[]): void {
  const start = writer.open(tag);
  for (const value of values) {
    if (typeof value !== "bigint" || BigInt.asUintN(64, value) !== value)
      refuseValue(tag, "a bigint from 0 to 2^64-1", value);
    writer.bigVarint(value);
  }
  writer.close(start);
}

export function writePackedInt64(writer: Writer, tag: number, values: readonly bigint[]): void {
  const start = writer.open(tag);
  for (const value of values) {
    if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value)
      refuseValue(tag, "a bigint of 64 bits", value);
    writer.bigVarint(value);
  }
  writer.close(start);
}

export function writePackedSint64(writer: Writer, tag: number, values: readonly bigint[]): void {
  const start = writer.open(tag);
  for (const value of values) {
    if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value)
      refuseValue(tag, "a bigint of 64 bits", value);
    writer.bigVarint(value >= 0n ? value << 1n : (-value << 1n) - 1n);
  }
  writer.close(start);
}

export function writePackedFixed32(writer: Writer, tag: number, values: readonly number[]): void {
  const view = openFixed(writer, tag, 4 * values.length);
  let position = writer.position;
  for (const value of values) {
    if (value >>> 0 !== value) refuseValue(tag, "an integer from 0 to 4294967295", value);
    view.setUint32(position, value, true);
    position += 4;
  }
  writer.position = position;
}

export function writePackedSfixed32(writer: Writer, tag: number, values: readonly number[]): void {
  const view = openFixed(writer, tag, 4 * values.length);
  let position = writer.position;
  for (const value of values) {
    if ((value | 0) !== value) refuseValue(tag, "an integer of 32 bits", value);
    view.setInt32(position, value, true);
    position += 4;
  }
  writer.position = position;
}

export function writePackedFixed64(writer: Writer, tag: number, values: readonly bigint[]): void {
  const view = openFixed(writer, tag, 8 * values.length);
  let position = writer.position;
  for (const value of values) {
    if (typeof value !== "bigint" || BigInt.asUintN(64, value) !== value)
      refuseValue(tag, "a bigint from 0 to 2^64-1", value);
    view.setBigUint64(position, value, true);
    position += 8;
  }
  writer.position = position;
}

export function writePackedSfixed64(writer: Writer, tag: number, values: readonly bigint[]): void {
  const view = openFixed(writer, tag, 8 * values.length);
  let position = writer.position;
  for (const value of values) {
    if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value)
      refuseValue(tag, "a bigint of 64 bits", value);
    view.setBigInt64(position, value, true);
    position += 8;
  }
  writer.position = position;
}

export function writePackedFloat(writer: Writer, tag: number, values: readonly number[]): void {
  const view = openFixed(writer, tag, 4 * values.length);
  let position = writer.position;
  for (const value of values) {
    if (typeof value !== "number") refuseValue(tag, "a number", value);
    view.setFloat32(position, value, true);
    position += 4;
  }
  writer.position = position;
}

export function writePackedDouble(writer: Writer, tag: number, values: readonly number[]): void {
  const view = openFixed(writer, tag, 8 * values.length);
  let position = writer.position;
  for (const value of values) {
    if (typeof value !== "number") refuseValue(tag, "a number", value);
    view.setFloat64(position, value, true);
    position += 8;
  }
  writer.position = position;
}

/** The length is known beforehand: one reservation for all. */
function openFixed(writer: Writer, tag: number, length: number): DataView {
  writer.varint(tag);
  writer.varint(length);
  return writer.view(length);
}
