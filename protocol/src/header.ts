/**
 * The 32 bytes in front of every frame: read and written in place, without allocation, at any offset of a buffer. It judges
 * nothing but the header's own CRC.
 */
import { headerCrc } from "./crc32.ts";

export const HEADER_BYTES = 32;
export const MAJOR = 1;
/** The version byte: the major in the high nibble, the low one ignored by receivers. */
export const VERSION = MAJOR << 4;
export const HOPS_LINK = 1;
export const HOPS_ORIGIN = 16;
export const PRIORITY_CONTROL = 0;
export const PRIORITY_DEFAULT = 4;

/** Where each field begins. */
export const Offset = {
  length: 0,
  version: 4,
  type: 5,
  flags: 6,
  metaLength: 8,
  class: 10,
  hops: 11,
  stream: 12,
  route: 16,
  arg: 20,
  payloadCrc: 24,
  headerCrc: 28,
} as const;

export const FrameType = {
  HELLO: 0x01,
  WELCOME: 0x02,
  AUTH: 0x03,
  PING: 0x04,
  PONG: 0x05,
  GOAWAY: 0x06,
  ERROR: 0x07,
  ALIAS: 0x08,
  CLOSE: 0x0b,
  OPEN: 0x10,
  DATA: 0x11,
  STATUS: 0x12,
  CANCEL: 0x13,
  CREDIT: 0x14,
  HEADERS: 0x15,
  SUBSCRIBE: 0x20,
  SUBSCRIBED: 0x21,
  UNSUBSCRIBE: 0x22,
  UNSUBSCRIBED: 0x23,
  PUBLISH: 0x24,
  PUBACK: 0x25,
  EVENT: 0x26,
  EVACK: 0x27,
  EVACKED: 0x28,
  GAP: 0x29,
  REPLAY: 0x2a,
  REGISTER: 0x30,
  REGISTERED: 0x31,
  UNREGISTER: 0x32,
  UNREGISTERED: 0x33,
} as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

const typeNames = new Map<number, string>(
  Object.entries(FrameType).map(([name, number]) => [number, name]),
);

/** The type's name, for people. */
export function frameTypeName(type: number): string {
  return typeNames.get(type) ?? `0x${type.toString(16).padStart(2, "0")}`;
}

/** Types 01-0B speak of the link itself; their faults end it. */
export function isLinkType(type: number): boolean {
  return type <= 0x0b;
}

export const Flag = {
  /** The last message of this sender on the stream. */
  END: 1,
  /** The message goes on in the next DATA of this sender. */
  MORE: 2,
  /** payloadCrc is valid. */
  PCRC: 4,
  RETAIN: 16,
  DUP: 32,
  /** Sampled. */
  TRACE: 64,
  /** Flush now. */
  EXPRESS: 128,
  /** Certainly not executed. */
  NOEXEC: 256,
  /** The payload is proto-JSON. */
  JSON: 512,
  /** An unknown type may be ignored. */
  SKIP: 32768,
} as const;

/** Flag bits that must be zero. */
export const RESERVED_FLAGS = 0xffff & ~Object.values(Flag).reduce((all, flag) => all | flag, 0);

/** The class byte: priority 0 to 7, QoS 0 to 2, codec 0 to 3. */
export function frameClass(priority: number, qos = 0, codec = 0): number {
  return (priority << 5) | (qos << 3) | codec;
}
export const priorityOf = (frameClass: number): number => frameClass >>> 5;
export const qosOf = (frameClass: number): number => (frameClass >>> 3) & 3;
export const codecOf = (frameClass: number): number => frameClass & 7;
/** 0x80: priority 4, QoS 0, no codec. */
export const CLASS_DEFAULT: number = frameClass(PRIORITY_DEFAULT);
export const CLASS_CONTROL: number = frameClass(PRIORITY_CONTROL);

/** The header as a value, for cold paths and tests. The CRC of the header itself is not part of it. */
export interface FrameHeader {
  readonly length: number;
  readonly version: number;
  readonly type: number;
  readonly flags: number;
  readonly metaLength: number;
  readonly class: number;
  readonly hops: number;
  readonly stream: number;
  readonly route: number;
  readonly arg: number;
  readonly payloadCrc: number;
}

/**
 * Writes the fields that most frames have; length, metaLength and payloadCrc are zero until {@link setLengths} and
 * {@link setPayloadCrc}, and {@link sealHeader} comes last. Link types get hops 1, all others 16.
 */
export function writeHeader(
  view: DataView,
  offset: number,
  type: number,
  flags: number,
  frameClass: number,
  stream: number,
  route: number,
  arg: number,
): void {
  view.setUint32(offset, 0);
  view.setUint32(offset + 4, ((VERSION << 24) | (type << 16) | flags) >>> 0);
  view.setUint32(offset + 8, (frameClass << 8) | (isLinkType(type) ? HOPS_LINK : HOPS_ORIGIN));
  view.setUint32(offset + 12, stream);
  view.setUint32(offset + 16, route);
  view.setUint32(offset + 20, arg);
  view.setUint32(offset + 24, 0);
}

export function setLengths(
  view: DataView,
  offset: number,
  metaLength: number,
  payloadLength: number,
): void {
  view.setUint32(offset, metaLength + payloadLength);
  view.setUint16(offset + Offset.metaLength, metaLength);
}

/** Sets the payload's CRC and the flag that says so. */
export function setPayloadCrc(view: DataView, offset: number, crc: number): void {
  view.setUint16(offset + Offset.flags, view.getUint16(offset + Offset.flags) | Flag.PCRC);
  view.setUint32(offset + Offset.payloadCrc, crc);
}

/** Computes the header's CRC anew; to be called after the last change. */
export function sealHeader(bytes: Uint8Array, view: DataView, offset: number): void {
  view.setUint32(offset + Offset.headerCrc, headerCrc(bytes, offset));
}

export function headerCrcMatches(bytes: Uint8Array, view: DataView, offset: number): boolean {
  return view.getUint32(offset + Offset.headerCrc) === headerCrc(bytes, offset);
}

export const lengthAt = (view: DataView, offset: number): number => view.getUint32(offset);
export const typeAt = (view: DataView, offset: number): number => view.getUint8(offset + 5);
export const flagsAt = (view: DataView, offset: number): number => view.getUint16(offset + 6);
export const metaLengthAt = (view: DataView, offset: number): number => view.getUint16(offset + 8);
export const classAt = (view: DataView, offset: number): number => view.getUint8(offset + 10);
export const hopsAt = (view: DataView, offset: number): number => view.getUint8(offset + 11);
export const streamAt = (view: DataView, offset: number): number => view.getUint32(offset + 12);
export const routeAt = (view: DataView, offset: number): number => view.getUint32(offset + 16);
export const argAt = (view: DataView, offset: number): number => view.getUint32(offset + 20);
export const payloadCrcAt = (view: DataView, offset: number): number => view.getUint32(offset + 24);

/** Reads the header as a value; whether its CRC is right asks {@link headerCrcMatches}. */
export function decodeHeader(view: DataView, offset = 0): FrameHeader {
  return {
    length: lengthAt(view, offset),
    version: view.getUint8(offset + Offset.version),
    type: typeAt(view, offset),
    flags: flagsAt(view, offset),
    metaLength: metaLengthAt(view, offset),
    class: classAt(view, offset),
    hops: hopsAt(view, offset),
    stream: streamAt(view, offset),
    route: routeAt(view, offset),
    arg: argAt(view, offset),
    payloadCrc: payloadCrcAt(view, offset),
  };
}

/** Writes every field as given, and the header's CRC. */
export function encodeHeader(
  bytes: Uint8Array,
  view: DataView,
  offset: number,
  header: FrameHeader,
): void {
  writeHeader(
    view,
    offset,
    header.type,
    header.flags,
    header.class,
    header.stream,
    header.route,
    header.arg,
  );
  view.setUint32(offset, header.length);
  view.setUint8(offset + Offset.version, header.version);
  view.setUint16(offset + Offset.metaLength, header.metaLength);
  view.setUint8(offset + Offset.hops, header.hops);
  view.setUint32(offset + Offset.payloadCrc, header.payloadCrc);
  sealHeader(bytes, view, offset);
}
