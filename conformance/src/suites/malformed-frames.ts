/**
 * Family frame.malformed: frames that end a link, are ignored, or refuse one stream, each named by what is wrong with it. The
 * same frames go to an SDK, from a scripted router, and to the router, from a raw client.
 */
import { flag, frame, headerBytes, name as nameTag, seal, tag, type } from "../referee/wire.ts";

export interface LinkFault {
  readonly id: string;
  readonly clause: string;
  readonly bytes: Buffer;
  /** A link code; `ignored` where the link goes on as if nothing had come. */
  readonly verdict: string;
}

export interface StreamFault {
  readonly id: string;
  readonly clause: string;
  /** An OPEN of the method on the stream given, broken. */
  open(stream: number, method: string): Buffer;
  readonly code: string;
}

const ping = frame({ type: type.ping, payload: Buffer.alloc(8, 5), flags: 0 });
const protocolError = "PROTOCOL_ERROR";

function changed(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return seal(copy);
}

const at = (bytes: Buffer, offset: number, value: number): Buffer =>
  changed(bytes, (copy) => copy.writeUInt8(value, offset));

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

const hex = (number: number): string => number.toString(16).padStart(2, "0");

function headerFaults(): readonly LinkFault[] {
  return [
    ...range(0, headerBytes - 1).map((offset) => {
      const bytes = Buffer.from(ping);
      bytes.writeUInt8(bytes.readUInt8(offset) ^ 0x40, offset);
      return {
        id: `header-crc.byte-${offset}`,
        clause: "WIRE-14.3",
        bytes,
        verdict: "HEADER_CRC",
      };
    }),
    ...[0, ...range(2, 15)].map((major) => ({
      id: `version.major-${major}`,
      clause: "WIRE-5.3",
      bytes: at(ping, 4, major << 4),
      verdict: "UNSUPPORTED_VERSION",
    })),
    ...range(1, 15).map((minor) => ({
      id: `version.low-nibble-${minor}-is-ignored`,
      clause: "WIRE-2.2",
      bytes: at(frame({ type: 0x3f, stream: 0, flags: flag.skip }), 4, 0x10 | minor),
      verdict: "ignored",
    })),
  ];
}

const withLength = (length: number, metaLength = 0): Buffer =>
  changed(frame({ type: type.data, stream: 1 }), (copy) => {
    copy.writeUInt32BE(length, 0);
    copy.writeUInt16BE(metaLength, 8);
  });

function lengthFaults(): readonly LinkFault[] {
  const big = [0xffffffff, 0x80000000, 0x7fffffff, (1 << 20) + 1, 1 << 24];
  return [
    ...big.map((length) => ({
      id: `length.${length}`,
      clause: "WIRE-14.4",
      bytes: withLength(length),
      verdict: "FRAME_TOO_LARGE",
    })),
    {
      id: "length.above-with-meta",
      clause: "WIRE-14.4",
      bytes: withLength((1 << 20) + 101, 100),
      verdict: "FRAME_TOO_LARGE",
    },
    ...[1, 2, 3].map((length) => ({
      id: `meta-length.${length}`,
      clause: "WIRE-14.5",
      bytes: withLength(length, length),
      verdict: protocolError,
    })),
    ...[9, 100, 16384].map((length) => ({
      id: `meta-length.${length}-in-8`,
      clause: "WIRE-14.5",
      bytes: withLength(8, length),
      verdict: protocolError,
    })),
    ...[16385, 65535].map((length) => ({
      id: `meta-length.${length}`,
      clause: "WIRE-14.5",
      bytes: withLength(length + 5, length),
      verdict: protocolError,
    })),
  ];
}

const unknownTypes = [
  0x00,
  ...range(0x0c, 0x0f),
  ...range(0x16, 0x1f),
  ...range(0x2b, 0x2f),
  ...range(0x34, 0x4f),
  0x7f,
  0xff,
];

function typeFaults(): readonly LinkFault[] {
  return unknownTypes.flatMap((number) => [
    {
      id: `type.${hex(number)}`,
      clause: "WIRE-4.2",
      bytes: frame({ type: number, stream: 0, flags: 0 }),
      verdict: "UNKNOWN_TYPE",
    },
    {
      id: `type.${hex(number)}-with-skip`,
      clause: "WIRE-4.2",
      bytes: frame({ type: number, stream: 0, flags: flag.skip }),
      verdict: "ignored",
    },
  ]);
}

const reservedBits = [3, 10, 11, 12, 13, 14];
const linkTypes = { ping: 0x04, pong: 0x05, goaway: 0x06, alias: 0x08, close: 0x0b };

function flagAndStreamFaults(): readonly LinkFault[] {
  const streamTypes = {
    open: 0x10,
    data: 0x11,
    status: 0x12,
    cancel: 0x13,
    credit: 0x14,
    headers: 0x15,
  };
  return [
    ...reservedBits.map((bit) => ({
      id: `reserved-flag.${bit}-on-ping`,
      clause: "WIRE-14.6",
      bytes: frame({ type: type.ping, payload: Buffer.alloc(8), flags: 1 << bit }),
      verdict: protocolError,
    })),
    ...Object.entries(linkTypes).map(([name, number]) => ({
      id: `stream.1-on-${name}`,
      clause: "WIRE-14.7",
      bytes: frame({ type: number, stream: 1, payload: Buffer.alloc(8) }),
      verdict: protocolError,
    })),
    ...Object.entries(streamTypes).map(([name, number]) => ({
      id: `stream.0-on-${name}`,
      clause: "WIRE-14.7",
      bytes: frame({ type: number, stream: 0, payload: Buffer.alloc(16) }),
      verdict: protocolError,
    })),
    ...["status", "cancel", "credit", "headers"].map((name) => ({
      id: `more.on-${name}`,
      clause: "WIRE-14.7",
      bytes: frame({
        type: streamTypes[name as keyof typeof streamTypes],
        stream: 1,
        payload: Buffer.alloc(16),
        flags: flag.more | flag.pcrc,
      }),
      verdict: protocolError,
    })),
  ];
}

const rawHeader = (number: number, payload: Buffer, crc: number): Buffer =>
  changed(frame({ type: number, stream: number < 0x10 ? 0 : 1, payload, flags: 0 }), (copy) =>
    copy.writeUInt32BE(crc, 24),
  );

function payloadFaults(): readonly LinkFault[] {
  const eight = Buffer.alloc(8, 1);
  return [
    ...[0x06, 0x07, 0x10, 0x11, 0x12, 0x14].map((number) => ({
      id: `pcrc.missing-on-${hex(number)}`,
      clause: "WIRE-14.8",
      bytes: rawHeader(number, eight, 0),
      verdict: protocolError,
    })),
    ...[0x06, 0x10, 0x11, 0x14].map((number) => ({
      id: `pcrc.value-without-flag-on-${hex(number)}`,
      clause: "WIRE-14.8",
      bytes: rawHeader(number, Buffer.alloc(0), 1),
      verdict: protocolError,
    })),
    ...[0, 1, 7, 9, 64].map((size) => ({
      id: `size.ping-${size}`,
      clause: "WIRE-4.3",
      bytes: frame({ type: type.ping, payload: Buffer.alloc(size), flags: 0 }),
      verdict: protocolError,
    })),
    ...[0, 7, 9].map((size) => ({
      id: `size.pong-${size}`,
      clause: "WIRE-4.3",
      bytes: frame({ type: type.pong, payload: Buffer.alloc(size), flags: 0 }),
      verdict: protocolError,
    })),
    {
      id: "payload.goaway-undecodable",
      clause: "WIRE-4.3",
      bytes: frame({ type: type.goAway, arg: 0x100, payload: Buffer.from("ff", "hex") }),
      verdict: protocolError,
    },
    {
      id: "payload.goaway-crc",
      clause: "WIRE-14.11",
      bytes: frame({
        type: type.goAway,
        arg: 0x100,
        payload: Buffer.from("0801", "hex"),
        flags: flag.pcrc,
        payloadCrc: 1,
      }),
      verdict: protocolError,
    },
  ];
}

/** The block's checksum is right; what it guards is not. */
const brokenBlocks: readonly (readonly [id: string, block: Buffer])[] = [
  ["field-cut-off", Buffer.from("01ff", "hex")],
  ["field-beyond-the-block", Buffer.from("0920000000", "hex")],
  ["tag-without-length", Buffer.from("09", "hex")],
  ["long-length-below-255", Buffer.concat([Buffer.from("03ff0005", "hex"), Buffer.from("abcde")])],
  ["repeated-tag", Buffer.concat([tag(0x10, Buffer.from([1])), tag(0x10, Buffer.from([1]))])],
  ["repeated-critical", Buffer.concat([tag(0x10, Buffer.from([1])), tag(0x90, Buffer.from([1]))])],
  ["ttl-of-3-bytes", tag(0x09, Buffer.alloc(3))],
  ["trace-of-24-bytes", tag(0x02, Buffer.alloc(24))],
  ["attempt-of-2-bytes", tag(0x10, Buffer.alloc(2))],
  ["credit-of-7-bytes", tag(0x11, Buffer.alloc(7))],
  ["fingerprint-of-4-bytes", tag(0x0b, Buffer.alloc(4))],
  ["trace-state-not-utf8", tag(0x03, Buffer.from("fffe", "hex"))],
  ["user-key-upper-case", tag(0x05, Buffer.from("\u0004TEAMx"))],
  ["user-key-empty", tag(0x05, Buffer.from("\u0000x"))],
  ["user-key-longer-than-pair", tag(0x05, Buffer.from("\u0009a"))],
  ["user-value-not-utf8", tag(0x05, Buffer.from("0161fffe", "hex"))],
  ["user-pairs-65", Buffer.concat(range(1, 65).map(() => tag(0x05, Buffer.from("\u0001ab"))))],
  ["idempotency-key-of-65", tag(0x0d, Buffer.alloc(65, 0x61))],
];

/** On ALIAS the same block ends the link. */
function metaFaults(): readonly LinkFault[] {
  const alias = (block: Buffer): Buffer =>
    frame({ type: type.alias, route: 900, meta: Buffer.concat([nameTag("a.B/C"), block]) });
  const wrongCrc = Buffer.from(frame({ type: type.alias, route: 900, meta: nameTag("a.B/C") }));
  wrongCrc.writeUInt32BE(0, wrongCrc.length - 4);
  return [
    ...brokenBlocks.map(([id, block]) => ({
      id: `meta.alias-${id}`,
      clause: "WIRE-14.10",
      bytes: alias(block),
      verdict: protocolError,
    })),
    { id: "meta.alias-crc", clause: "WIRE-14.9", bytes: wrongCrc, verdict: "META_CRC" },
    ...[0, 4097, 0xffffffff].map((route) => ({
      id: `alias.number-${route}`,
      clause: "WIRE-7.2",
      bytes: frame({ type: type.alias, route, meta: nameTag("a.B/C") }),
      verdict: "ALIAS_ERROR",
    })),
    {
      id: "alias.bound-twice",
      clause: "WIRE-7.2",
      bytes: Buffer.concat([
        frame({ type: type.alias, route: 900, meta: nameTag("a.B/C") }),
        frame({ type: type.alias, route: 900, meta: nameTag("a.B/D") }),
      ]),
      verdict: "ALIAS_ERROR",
    },
    {
      id: "alias.freed-unbound",
      clause: "WIRE-7.3",
      bytes: frame({ type: type.alias, route: 901, arg: 1 }),
      verdict: "ALIAS_ERROR",
    },
  ];
}

export function linkFaults(): readonly LinkFault[] {
  return [
    ...headerFaults(),
    ...lengthFaults(),
    ...typeFaults(),
    ...flagAndStreamFaults(),
    ...payloadFaults(),
    ...metaFaults(),
  ];
}

const message = Buffer.from("0a0568656c6c6f", "hex");

function open(stream: number, meta: Buffer, more: Partial<Parameters<typeof frame>[0]> = {}) {
  const flags = flag.end | flag.pcrc;
  return frame({ type: type.open, stream, meta, payload: message, flags, ...more });
}

const invalid = "INVALID_ARGUMENT";

export function streamFaults(): readonly StreamFault[] {
  return [
    ...reservedBits.map((bit) => ({
      id: `open.reserved-flag-${bit}`,
      clause: "WIRE-14.6",
      open: (stream: number, method: string) =>
        open(stream, nameTag(method), { flags: flag.end | flag.pcrc | (1 << bit) }),
      code: invalid,
    })),
    ...[0x98, 0x84, 0x85, 0x86, 0x87].map((frameClass) => ({
      id: `open.class-${hex(frameClass)}`,
      clause: "WIRE-14.6",
      open: (stream: number, method: string) =>
        open(stream, nameTag(method), { class: frameClass }),
      code: invalid,
    })),
    ...brokenBlocks.map(([id, block]) => ({
      id: `open.meta-${id}`,
      clause: "WIRE-14.10",
      open: (stream: number, method: string) =>
        open(stream, Buffer.concat([nameTag(method), block])),
      code: invalid,
    })),
    {
      id: "open.meta-crc",
      clause: "WIRE-14.9",
      open: (stream, method) => {
        const bytes = open(stream, nameTag(method));
        const crcAt = bytes.length - message.length - 1;
        bytes.writeUInt8(bytes.readUInt8(crcAt) ^ 1, crcAt);
        return bytes;
      },
      code: "DATA_LOSS",
    },
    {
      id: "open.unbound-alias",
      clause: "WIRE-14.13",
      open: (stream) => open(stream, Buffer.alloc(0), { route: 700 }),
      code: invalid,
    },
    {
      id: "open.route-and-name",
      clause: "WIRE-3.9",
      open: (stream, method) => open(stream, nameTag(method), { route: 700 }),
      code: invalid,
    },
    {
      id: "open.without-a-message",
      clause: "WIRE-8.2",
      open: (stream, method) =>
        frame({ type: type.open, stream, meta: nameTag(method), flags: flag.end }),
      code: invalid,
    },
  ];
}
