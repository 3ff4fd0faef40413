/**
 * Reads the protobuf wire format from one buffer. It trusts nothing: every read is bounded by the buffer, every nesting
 * by `depthMax`, and nothing is allocated from a declared length. One reader reads one message.
 */
import { CodecError } from "./codec-error.ts";
import { decodeUtf8, decodeUtf8Leniently } from "./utf8.ts";
import { Writer } from "./writer.ts";

/** How deep messages and groups may nest. */
export const depthMax = 64;

/** Where two halves become a bigint without arithmetic on bigints. */
const scratch = new DataView(new ArrayBuffer(8));

export class Reader {
  readonly bytes: Uint8Array;
  position = 0;
  #depth: number;
  #view: DataView | undefined;
  /** The halves of the varint read last, unsigned. */
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array, depth = 0) {
    // A Buffer's slice shares memory; a plain view of the same bytes copies, and keeps the code below of one shape.
    this.bytes =
      bytes.constructor === Uint8Array
        ? bytes
        : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#depth = depth;
  }

  /** Field number and wire type; never of field 0. */
  tag(): number {
    const byte = this.bytes[this.position] as number;
    if (byte < 128 && byte >= 8) {
      this.position += 1;
      return byte;
    }
    const next = this.bytes[this.position + 1] as number;
    if (byte >= 128 && next < 128 && next > 0) {
      this.position += 2;
      return (byte & 127) | (next << 7);
    }
    this.#varint();
    if (this.#high !== 0 || this.#low < 8) throw new CodecError("a tag is out of range");
    return this.#low;
  }

  /** Enters a message behind its tag and gives the offset of its end, for the type's `read`. */
  open(): number {
    if (this.#depth >= depthMax) throw new CodecError(`messages nest deeper than ${depthMax}`);
    this.#depth += 1;
    const length = this.length();
    return this.position + length;
  }

  /** Leaves a message; every `read` of a type ends with it. */
  close(end: number): void {
    this.#depth -= 1;
    if (this.position !== end) throw new CodecError("a field passes the end of its message");
  }

  /** Enters a group behind its tag and gives the offset of its end tag, for the type's `read`. */
  openGroup(tag: number): number {
    if (this.#depth >= depthMax) throw new CodecError(`groups nest deeper than ${depthMax}`);
    this.#depth += 1;
    const start = this.position;
    const endTag = tag + 1;
    let end = start;
    for (let found = this.tag(); found !== endTag; found = this.tag()) {
      this.skip(found);
      end = this.position;
    }
    this.position = start;
    return end;
  }

  /** Behind a group's `read`: passes its end tag. */
  closeGroup(): void {
    this.tag();
  }

  /** The declared length of what follows, which lies inside the buffer. */
  length(): number {
    const byte = this.bytes[this.position] as number;
    let length = byte;
    if (byte < 128) this.position += 1;
    else {
      this.#varint();
      if (this.#high !== 0) throw truncated();
      length = this.#low;
    }
    if (!(this.position + length <= this.bytes.length)) throw truncated();
    return length;
  }

  uint32(): number {
    const { bytes } = this;
    const start = this.position;
    // Beyond the end there is undefined, which is not below 128: it ends in the loop that checks.
    let byte = bytes[start] as number;
    let value = byte & 127;
    if (byte < 128) {
      this.position = start + 1;
      return value;
    }
    byte = bytes[start + 1] as number;
    value |= (byte & 127) << 7;
    if (byte < 128) {
      this.position = start + 2;
      return value;
    }
    byte = bytes[start + 2] as number;
    value |= (byte & 127) << 14;
    if (byte < 128) {
      this.position = start + 3;
      return value;
    }
    this.#varint();
    return this.#low;
  }

  int32(): number {
    return this.uint32() | 0;
  }

  sint32(): number {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  bool(): boolean {
    this.#varint();
    return (this.#low | this.#high) !== 0;
  }

  uint64(): bigint {
    this.#varint();
    return this.#unsigned();
  }

  int64(): bigint {
    this.#varint();
    return this.#signed();
  }

  sint64(): bigint {
    this.#varint();
    const sign = -(this.#low & 1);
    const low = ((this.#low >>> 1) | (this.#high << 31)) ^ sign;
    this.#high = ((this.#high >>> 1) ^ sign) >>> 0;
    this.#low = low >>> 0;
    return this.#signed();
  }

  fixed32(): number {
    return this.#fixed(4).getUint32(this.position - 4, true);
  }

  sfixed32(): number {
    return this.#fixed(4).getInt32(this.position - 4, true);
  }

  fixed64(): bigint {
    return this.#fixed(8).getBigUint64(this.position - 8, true);
  }

  sfixed64(): bigint {
    return this.#fixed(8).getBigInt64(this.position - 8, true);
  }

  float(): number {
    return this.#fixed(4).getFloat32(this.position - 4, true);
  }

  double(): number {
    return this.#fixed(8).getFloat64(this.position - 8, true);
  }

  /** A view of the whole buffer, for lists of fixed width. */
  view(): DataView {
    return this.#fixed(0);
  }

  /** Throws `CodecError` on bytes that are not UTF-8. */
  string(): string {
    const length = this.length();
    const start = this.position;
    this.position = start + length;
    return decodeUtf8(this.bytes, start, length);
  }

  /** For proto2's strings, whose bytes nobody checks: what is not UTF-8 becomes U+FFFD. */
  uncheckedString(): string {
    const length = this.length();
    const start = this.position;
    this.position = start + length;
    return decodeUtf8Leniently(this.bytes, start, length);
  }

  /** A copy: the result does not hold the buffer. */
  byteString(): Uint8Array {
    const length = this.length();
    const start = this.position;
    this.position = start + length;
    return this.bytes.slice(start, this.position);
  }

  /** Passes the field whose tag was read last and appends it to `unknown`. */
  keep(unknown: Writer | undefined, tag: number): Writer {
    const kept = unknown ?? new Writer();
    kept.varint(tag);
    const start = this.position;
    this.skip(tag);
    kept.raw(this.bytes.subarray(start, this.position));
    return kept;
  }

  /** Passes the value behind `tag`. */
  skip(tag: number): void {
    switch (tag & 7) {
      case 0:
        this.#varint();
        return;
      case 1:
        this.#fixed(8);
        return;
      case 2: {
        const length = this.length();
        this.position += length;
        return;
      }
      case 3: {
        const end = this.openGroup(tag);
        this.position = end;
        this.close(end);
        this.closeGroup();
        return;
      }
      case 5:
        this.#fixed(4);
        return;
      default:
        throw new CodecError(
          `field ${tag >>> 3} has wire type ${tag & 7}, which nothing may have here`,
        );
    }
  }

  #fixed(size: number): DataView {
    const { bytes } = this;
    this.position += size;
    if (this.position > bytes.length) throw truncated();
    this.#view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.#view;
  }

  #unsigned(): bigint {
    if (this.#high < 0x20_0000) return BigInt(this.#high * 0x1_0000_0000 + this.#low);
    scratch.setUint32(0, this.#low, true);
    scratch.setUint32(4, this.#high, true);
    return scratch.getBigUint64(0, true);
  }

  #signed(): bigint {
    if (this.#high < 0x20_0000) return BigInt(this.#high * 0x1_0000_0000 + this.#low);
    scratch.setUint32(0, this.#low, true);
    scratch.setUint32(4, this.#high, true);
    return scratch.getBigInt64(0, true);
  }

  /** Up to ten bytes into the two halves; bits beyond the sixty-fourth are dropped, as protobuf says. */
  #varint(): void {
    const { bytes } = this;
    let position = this.position;
    let byte = bytes[position++] as number;
    let low = byte & 127;
    let high = 0;
    for (let shift = 7; byte >= 128; shift += 7) {
      if (shift > 63) throw new CodecError("a varint is longer than ten bytes");
      byte = bytes[position++] as number;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
    }
    if (position > bytes.length) throw truncated();
    this.position = position;
    this.#low = low >>> 0;
    this.#high = high >>> 0;
  }
}

function truncated(): CodecError {
  return new CodecError("the bytes end inside a field");
}
