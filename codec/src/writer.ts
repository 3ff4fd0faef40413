/**
 * Writes the protobuf wire format into a growing buffer. The methods that take a tag write a whole field and refuse
 * values that the field's type cannot hold; nothing is rounded or cut silently.
 */
import { CodecError, refuseValue } from "./codec-error.ts";

/** The largest encoding, what a signed 32-bit length can say. */
const bytesMax = 0x7fff_ffff;
/** How deep messages may nest; also what stops a cycle of objects. */
const depthMax = 64;
/** Longer strings are worth a call of the encoder. Three bytes each still have a length of one byte. */
const shortTextMax = 42;
const varintBytesMax = 10;
const initialBytes = 256;

const encoder = new TextEncoder();
const scratch = new DataView(new ArrayBuffer(8));

export class Writer {
  /** Valid up to `position`; replaced when it grows. */
  bytes: Uint8Array;
  position = 0;
  #depth = 0;
  #view: DataView | undefined;

  constructor(capacity: number = initialBytes) {
    this.bytes = new Uint8Array(capacity);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.position);
  }

  /** Forgets what was written behind `position`, for example after a message that could not be encoded. */
  rewind(position = 0): void {
    this.position = position;
    this.#depth = 0;
  }

  /** Begins a message field; what is written until `close` is its content. */
  open(tag: number): number {
    if (this.#depth >= depthMax) throw new CodecError(`messages nest deeper than ${depthMax}`);
    this.#depth += 1;
    this.varint(tag);
    this.reserve(1);
    this.position += 1;
    return this.position;
  }

  /** Ends the message field that `open` began: most lengths fit the byte kept for them, else the content moves. */
  close(start: number): void {
    this.#depth -= 1;
    const length = this.position - start;
    if (length < 128) {
      this.bytes[start - 1] = length;
      return;
    }
    const extra = varintSize(length) - 1;
    this.reserve(extra);
    this.bytes.copyWithin(start + extra, start, this.position);
    this.position = start - 1;
    this.varint(length);
    this.position += length;
  }

  /** Begins a group; `closeGroup` ends it. */
  openGroup(tag: number): void {
    if (this.#depth >= depthMax) throw new CodecError(`groups nest deeper than ${depthMax}`);
    this.#depth += 1;
    this.varint(tag);
  }

  closeGroup(tag: number): void {
    this.#depth -= 1;
    this.varint(tag + 1);
  }

  uint32(tag: number, value: number): void {
    if (value >>> 0 !== value) refuseValue(tag, "an integer from 0 to 4294967295", value);
    this.reserve(2 * varintBytesMax);
    this.#small(tag);
    this.#small(value);
  }

  int32(tag: number, value: number): void {
    if ((value | 0) !== value) refuseValue(tag, "an integer of 32 bits", value);
    this.reserve(2 * varintBytesMax);
    this.#small(tag);
    if (value >= 0) this.#small(value);
    else this.#halves(value >>> 0, 0xffff_ffff);
  }

  sint32(tag: number, value: number): void {
    if ((value | 0) !== value) refuseValue(tag, "an integer of 32 bits", value);
    this.uint32(tag, ((value << 1) ^ (value >> 31)) >>> 0);
  }

  bool(tag: number, value: boolean): void {
    if (typeof value !== "boolean") refuseValue(tag, "a boolean", value);
    this.reserve(varintBytesMax);
    this.#small(tag);
    this.bytes[this.position++] = value ? 1 : 0;
  }

  uint64(tag: number, value: bigint): void {
    checkUnsigned(tag, value);
    this.reserve(2 * varintBytesMax);
    this.#small(tag);
    this.bigVarint(value);
  }

  int64(tag: number, value: bigint): void {
    checkSigned(tag, value);
    this.reserve(2 * varintBytesMax);
    this.#small(tag);
    this.bigVarint(value);
  }

  sint64(tag: number, value: bigint): void {
    checkSigned(tag, value);
    this.reserve(2 * varintBytesMax);
    this.#small(tag);
    this.bigVarint(value >= 0n ? value << 1n : (-value << 1n) - 1n);
  }

  fixed32(tag: number, value: number): void {
    if (value >>> 0 !== value) refuseValue(tag, "an integer from 0 to 4294967295", value);
    this.#fixed(tag, 4).setUint32(this.position - 4, value, true);
  }

  sfixed32(tag: number, value: number): void {
    if ((value | 0) !== value) refuseValue(tag, "an integer of 32 bits", value);
    this.#fixed(tag, 4).setInt32(this.position - 4, value, true);
  }

  fixed64(tag: number, value: bigint): void {
    checkUnsigned(tag, value);
    this.#fixed(tag, 8).setBigUint64(this.position - 8, value, true);
  }

  sfixed64(tag: number, value: bigint): void {
    checkSigned(tag, value);
    this.#fixed(tag, 8).setBigInt64(this.position - 8, value, true);
  }

  float(tag: number, value: number): void {
    if (typeof value !== "number") refuseValue(tag, "a number", value);
    this.#fixed(tag, 4).setFloat32(this.position - 4, value, true);
  }

  double(tag: number, value: number): void {
    if (typeof value !== "number") refuseValue(tag, "a number", value);
    this.#fixed(tag, 8).setFloat64(this.position - 8, value, true);
  }

  byteString(tag: number, value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) refuseValue(tag, "a Uint8Array", value);
    this.reserve(2 * varintBytesMax + value.length);
    this.#small(tag);
    this.#small(value.length);
    this.bytes.set(value, this.position);
    this.position += value.length;
  }

  string(tag: number, value: string): void {
    if (typeof value !== "string") refuseValue(tag, "a string", value);
    const { length } = value;
    if (length > shortTextMax) {
      this.#longString(tag, value);
      return;
    }
    this.reserve(varintBytesMax + 3 * length);
    this.#small(tag);
    const { bytes } = this;
    const start = this.position + 1;
    let position = start;
    for (let index = 0; index < length; index += 1) {
      const code = value.charCodeAt(index);
      if (code < 0x80) bytes[position++] = code;
      else {
        this.position = start;
        this.#text(tag, value);
        bytes[start - 1] = this.position - start;
        return;
      }
    }
    bytes[start - 1] = length;
    this.position = position;
  }

  /** Bytes as they are, for example unknown fields. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.position);
    this.position += bytes.length;
  }

  /** An unsigned integer of at most 32 bits. */
  varint(value: number): void {
    this.reserve(varintBytesMax);
    this.#small(value);
  }

  /** Any integer of 64 bits, negative ones in ten bytes. */
  bigVarint(value: bigint): void {
    this.reserve(varintBytesMax);
    scratch.setBigUint64(0, value, true);
    this.#halves(scratch.getUint32(0, true), scratch.getUint32(4, true));
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.position + count;
    if (needed > this.bytes.length) this.#grow(needed);
  }

  /** Makes room and gives a view of the buffer, valid until it grows. */
  view(count: number): DataView {
    this.reserve(count);
    const { bytes } = this;
    this.#view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.#view;
  }

  #grow(needed: number): void {
    if (needed > bytesMax) throw new CodecError(`a message is larger than ${bytesMax} bytes`);
    const next = new Uint8Array(Math.min(bytesMax, Math.max(needed, 2 * this.bytes.length)));
    next.set(this.bytes.subarray(0, this.position));
    this.bytes = next;
    this.#view = undefined;
  }

  #fixed(tag: number, size: number): DataView {
    const view = this.view(varintBytesMax + size);
    this.#small(tag);
    this.position += size;
    return view;
  }

  #longString(tag: number, value: string): void {
    this.reserve(2 * varintBytesMax + 3 * value.length);
    this.#small(tag);
    const guess = varintSize(value.length);
    const begin = this.position;
    this.position = begin + guess;
    this.#text(tag, value);
    const length = this.position - begin - guess;
    const extra = varintSize(length) - guess;
    if (extra > 0) this.bytes.copyWithin(begin + guess + extra, begin + guess, this.position);
    this.position = begin;
    this.#small(length);
    this.position += length;
  }

  #text(tag: number, value: string): void {
    if (!value.isWellFormed()) {
      throw new CodecError(`field ${tag >>> 3}: the string holds half a surrogate pair`);
    }
    this.position += encoder.encodeInto(value, this.bytes.subarray(this.position)).written;
  }

  /** The room is reserved. */
  #small(value: number): void {
    const { bytes } = this;
    let rest = value;
    while (rest > 127) {
      bytes[this.position++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[this.position++] = rest;
  }

  /** The room is reserved. */
  #halves(low: number, high: number): void {
    if (high === 0) {
      this.#small(low);
      return;
    }
    const { bytes } = this;
    for (let shift = 0; shift < 28; shift += 7) {
      bytes[this.position++] = ((low >>> shift) & 127) | 128;
    }
    const middle = ((low >>> 28) | (high << 4)) & 127;
    let rest = high >>> 3;
    bytes[this.position++] = rest === 0 ? middle : middle | 128;
    while (rest > 0) {
      bytes[this.position++] = rest > 127 ? (rest & 127) | 128 : rest;
      rest >>>= 7;
    }
  }
}

function checkUnsigned(tag: number, value: bigint): void {
  if (typeof value !== "bigint" || BigInt.asUintN(64, value) !== value) {
    refuseValue(tag, "a bigint from 0 to 2^64-1", value);
  }
}

function checkSigned(tag: number, value: bigint): void {
  if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) {
    refuseValue(tag, "a bigint of 64 bits", value);
  }
}

function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}
