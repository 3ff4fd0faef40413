/**
 * The referee's own codec of the wire, written from protocol/SPEC.md with Node's zlib and nothing of ours: a fault shared
 * with the code under test would agree with itself.
 */
import { crc32 } from "node:zlib";

export const preface: Buffer = Buffer.from("894e58530d0a1a0a", "hex");
export const headerBytes = 32;

export const type = {
  hello: 0x01,
  welcome: 0x02,
  ping: 0x04,
  pong: 0x05,
  goAway: 0x06,
  error: 0x07,
  alias: 0x08,
  close: 0x0b,
  open: 0x10,
  data: 0x11,
  status: 0x12,
  cancel: 0x13,
  credit: 0x14,
  headers: 0x15,
  subscribe: 0x20,
  subscribed: 0x21,
  unsubscribe: 0x22,
  unsubscribed: 0x23,
  publish: 0x24,
  puback: 0x25,
  event: 0x26,
  evack: 0x27,
  evacked: 0x28,
  gap: 0x29,
  replay: 0x2a,
  register: 0x30,
  registered: 0x31,
  unregister: 0x32,
  unregistered: 0x33,
} as const;

export const flag = {
  end: 1,
  more: 2,
  pcrc: 4,
  retain: 16,
  dup: 32,
  trace: 64,
  express: 128,
  noexec: 256,
  json: 512,
  skip: 0x8000,
} as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly class: number;
  readonly hops: number;
  readonly stream: number;
  readonly route: number;
  readonly arg: number;
  readonly payloadCrc: number;
  /** The fields of the meta block, without its checksum. */
  readonly meta: Buffer;
  readonly payload: Buffer;
}

const isLinkType = (number: number): boolean => number >= 0x01 && number <= 0x0b;

/** Bytes of a frame; fields not given have the value that a well-behaved peer sends. */
export function frame(fields: Partial<Frame> & { readonly type: number }): Buffer {
  const { meta = Buffer.alloc(0), payload = Buffer.alloc(0) } = fields;
  const isLink = isLinkType(fields.type);
  const carriesCrc = payload.length > 0 && fields.type >= 0x06 && fields.type <= 0x33;
  const flags = fields.flags ?? (carriesCrc ? flag.pcrc : 0);
  const header = Buffer.alloc(headerBytes);
  const metaBlock = meta.length === 0 ? meta : Buffer.concat([meta, bigEndian32(crc32(meta))]);
  header.writeUInt32BE(metaBlock.length + payload.length, 0);
  header[4] = 0x10;
  header[5] = fields.type;
  header.writeUInt16BE(flags, 6);
  header.writeUInt16BE(metaBlock.length, 8);
  header[10] = fields.class ?? (isLink ? 0x00 : 0x80);
  header[11] = fields.hops ?? (isLink ? 1 : 16);
  header.writeUInt32BE(fields.stream ?? 0, 12);
  header.writeUInt32BE(fields.route ?? 0, 16);
  header.writeUInt32BE(fields.arg ?? 0, 20);
  header.writeUInt32BE((flags & flag.pcrc) === 0 ? 0 : (fields.payloadCrc ?? crc32(payload)), 24);
  return Buffer.concat([seal(header), metaBlock, payload]);
}

/** Writes the header's checksum over its first 28 bytes. */
export function seal(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 28)), 28);
  return bytes;
}

/** One tag of a meta block. */
export function tag(number: number, value: Buffer): Buffer {
  if (value.length < 255) return Buffer.concat([Buffer.from([number, value.length]), value]);
  const long = [number, 255, value.length >> 8, value.length & 255];
  return Buffer.concat([Buffer.from(long), value]);
}

export const name = (text: string): Buffer => tag(0x01, Buffer.from(text));

/** One length-delimited field of a control payload. */
export function text(field: number, value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(field << 3) | 2, bytes.length]), bytes]);
}

export const uint = (field: number, value: number): Buffer => Buffer.from([field << 3, value]);

/** Speaks version 1 as a plain client. */
export const hello: Buffer = frame({
  type: type.hello,
  payload: Buffer.concat([uint(1, 1), uint(2, 1), text(4, "client")]),
  flags: 0,
});

function bigEndian32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Takes whole frames off the front of `bytes`; throws when a checksum is wrong, for the router must never send one. */
export function takeFrames(bytes: Buffer): { readonly frames: Frame[]; readonly rest: Buffer } {
  const frames: Frame[] = [];
  let rest = bytes;
  while (rest.length >= headerBytes && rest.length >= headerBytes + rest.readUInt32BE(0)) {
    const end = headerBytes + rest.readUInt32BE(0);
    frames.push(readFrame(rest.subarray(0, end)));
    rest = rest.subarray(end);
  }
  return { frames, rest };
}

function readFrame(bytes: Buffer): Frame {
  if (crc32(bytes.subarray(0, 28)) !== bytes.readUInt32BE(28)) throw new Error("header checksum");
  const metaLength = bytes.readUInt16BE(8);
  const meta = bytes.subarray(headerBytes, headerBytes + metaLength);
  if (metaLength > 0 && crc32(meta.subarray(0, -4)) !== meta.readUInt32BE(metaLength - 4)) {
    throw new Error("meta checksum");
  }
  return {
    type: bytes.readUInt8(5),
    flags: bytes.readUInt16BE(6),
    class: bytes.readUInt8(10),
    hops: bytes.readUInt8(11),
    stream: bytes.readUInt32BE(12),
    route: bytes.readUInt32BE(16),
    arg: bytes.readUInt32BE(20),
    payloadCrc: bytes.readUInt32BE(24),
    meta: meta.subarray(0, Math.max(0, metaLength - 4)),
    payload: bytes.subarray(headerBytes + metaLength),
  };
}
