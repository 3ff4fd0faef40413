/**
 * Protobuf's wire format in the small: what control payloads need, and enough to say what a codec must write. It knows no
 * schema; numbers of fields are the caller's.
 */

/** What a field may hold: a varint, text, bytes, fixed numbers, a message, or several of them. */
export type Value =
  | number
  | bigint
  | boolean
  | string
  | Buffer
  | { readonly fixed64: bigint | number }
  | { readonly fixed32: number }
  | { readonly b64: string }
  | { readonly pb: Message }
  | readonly Value[];

export interface Message {
  readonly [field: number | string]: Value;
}

export function varint(value: bigint | number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

export const key = (field: number, wireType: number): Buffer =>
  varint((BigInt(field) << 3n) | BigInt(wireType));

export function delimited(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([key(field, 2), varint(bytes.length), bytes]);
}

export function fixed32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

export function fixed64(value: bigint | number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes;
}

function encodeField(field: number, value: Value): Buffer {
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean")
    return Buffer.concat([key(field, 0), varint(BigInt(value))]);
  if (typeof value === "string") return delimited(field, Buffer.from(value));
  if (Buffer.isBuffer(value)) return delimited(field, value);
  if (Array.isArray(value))
    return Buffer.concat((value as readonly Value[]).map((each) => encodeField(field, each)));
  if ("fixed64" in value) return Buffer.concat([key(field, 1), fixed64(value.fixed64)]);
  if ("fixed32" in value) return Buffer.concat([key(field, 5), fixed32(value.fixed32)]);
  if ("b64" in value) return delimited(field, Buffer.from(value.b64, "base64"));
  if ("pb" in value) return delimited(field, encodeMessage(value.pb));
  throw new Error(`field ${field} has a value that the referee cannot write`);
}

export function encodeMessage(message: Message): Buffer {
  return Buffer.concat(
    Object.entries(message).map(([field, value]) => encodeField(Number(field), value)),
  );
}

/** The fields of a payload by number: varints and fixed numbers as numbers, the rest as bytes; lists where repeated. */
export type Fields = Readonly<Record<number, readonly (number | Buffer)[]>>;

/** Undefined where the bytes are no message. */
export function decodeFields(bytes: Buffer): Fields | undefined {
  const fields: Record<number, (number | Buffer)[]> = {};
  let at = 0;
  const number = (): number | undefined => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asUintN(64, value));
    }
    return undefined;
  };
  const take = (length: number): Buffer | undefined => {
    const part = bytes.subarray(at, at + length);
    at += length;
    return part.length === length ? part : undefined;
  };
  while (at < bytes.length) {
    const tag = number();
    if (tag === undefined || tag >>> 3 === 0) return undefined;
    const value = fieldValue(tag & 7, number, take);
    if (value === undefined) return undefined;
    const field = Math.floor(tag / 8);
    fields[field] = [...(fields[field] ?? []), value];
  }
  return fields;
}

function fieldValue(
  wireType: number,
  number: () => number | undefined,
  take: (length: number) => Buffer | undefined,
): number | Buffer | undefined {
  if (wireType === 0) return number();
  if (wireType === 1) {
    const bytes = take(8);
    return bytes && Number(bytes.readBigUInt64LE());
  }
  if (wireType === 5) return take(4)?.readUInt32LE();
  if (wireType !== 2) return undefined;
  const length = number();
  return length === undefined ? undefined : take(length);
}
