/**
 * Makes of an encoded payload the plain one: compression off, proto-JSON into binary. Each step happens only where the reader
 * does not do it itself, never beyond a given size, and never to bytes whose checksum is wrong.
 */
import {
  Code,
  crc32,
  Flag,
  HEADER_BYTES,
  Offset,
  Reason,
  readUtf8,
  sealHeader,
  setLengths,
  setPayloadCrc,
} from "@nexus-bridge/protocol";
import type { Ending } from "../calls/end.ts";
import type { Core } from "../core.ts";
import { carriesMessage, codecOfFrame, type Frame } from "../frame.ts";
import type { Link } from "../link.ts";
import { JSON_COST, overBudget, pay } from "./budget.ts";
import { Codec, type Encodings, type MessageSchema } from "./encodings.ts";

/** What a link has agreed on in its handshake. */
export interface Reader {
  readonly codecs: number;
  readonly hasJson: boolean;
}

export interface Encoding {
  readonly codec: number;
  readonly isJson: boolean;
}

/** Nothing: what everybody reads. */
export const plainReader: Reader = { codecs: 1, hasJson: false };

export const isEncoded = (frame: Frame): boolean =>
  ((frame.class & 7) | (frame.flags & Flag.JSON)) !== 0;

export const encodingOf = (frame: Frame): Encoding => ({
  codec: codecOfFrame(frame),
  isJson: (frame.flags & Flag.JSON) !== 0,
});

export const reads = (reader: Reader, { codec, isJson }: Encoding): boolean =>
  (reader.codecs & (1 << codec)) !== 0 && (reader.hasJson || !isJson);

/** What may not be sent on a link that did not agree on it. */
export const notAgreed: Ending = {
  code: Code.UNIMPLEMENTED,
  message: "the payload's codec, or proto-JSON, was not agreed on in the handshake",
};

export interface Transcoding {
  /** Who pays for it. */
  readonly sender: Link;
  readonly encoding: Encoding;
  readonly reader: Reader;
  /** Asked only for JSON. */
  readonly schema: () => MessageSchema | undefined;
  /** Of the plain payload. */
  readonly bytesMax: number;
}

export interface Payload extends Encoding {
  readonly bytes: Uint8Array;
}

/** `payload` as the reader reads it, or why that cannot be. */
export function transcode(core: Core, payload: Uint8Array, asked: Transcoding): Payload | Ending {
  const { sender, encoding, reader, bytesMax } = asked;
  const refusal = overBudget(core, sender);
  if (refusal !== undefined) return refusal;
  let bytes = payload;
  let { codec, isJson } = encoding;
  // JSON under a codec that the reader knows must come out from under it all the same.
  if (codec !== 0 && (!reads(reader, { codec, isJson: false }) || (isJson && !reader.hasJson))) {
    const inflated = inflate(core.encodings, codec, bytes, bytesMax);
    pay(core, sender, inflated instanceof Uint8Array ? inflated.length : bytesMax);
    if (!(inflated instanceof Uint8Array)) return inflated;
    bytes = inflated;
    codec = Codec.NONE;
  }
  if (isJson && !reader.hasJson) {
    pay(core, sender, JSON_COST * bytes.length);
    const binary = fromJson(asked.schema(), bytes);
    if (!(binary instanceof Uint8Array)) return binary;
    if (binary.length > bytesMax) return tooLarge(bytesMax);
    bytes = binary;
    isJson = false;
  }
  return { bytes, codec, isJson };
}

function inflate(
  { inflate: unzip }: Encodings,
  codec: number,
  bytes: Uint8Array,
  bytesMax: number,
): Uint8Array | Ending {
  if (codec !== Codec.ZLIB || unzip === undefined) return unread;
  try {
    return unzip(bytes, bytesMax) ?? tooLarge(bytesMax);
  } catch (error) {
    return { code: Code.DATA_LOSS, message: `the payload is not zlib: ${wordsOf(error)}` };
  }
}

function fromJson(schema: MessageSchema | undefined, bytes: Uint8Array): Uint8Array | Ending {
  if (schema === undefined) {
    return {
      code: Code.UNIMPLEMENTED,
      message:
        "the receiver does not read proto-JSON, and the router has no schema to translate it; send the binary encoding, or give the router the schema",
    };
  }
  const text = readUtf8(bytes, 0, bytes.length);
  if (text === undefined) return { code: Code.INVALID_ARGUMENT, message: "the JSON is not UTF-8" };
  try {
    return schema.fromJson(text);
  } catch (error) {
    return { code: Code.INVALID_ARGUMENT, message: wordsOf(error) };
  }
}

const unread: Ending = {
  code: Code.UNIMPLEMENTED,
  message: "the receiver does not read the payload's codec; send it without",
};

const tooLarge = (bytesMax: number): Ending => ({
  code: Code.UNIMPLEMENTED,
  message: `the receiver does not read the payload's encoding, and the message has more than the ${bytesMax} bytes that the router translates for it`,
});

export const inFragments: Ending = {
  code: Code.UNIMPLEMENTED,
  message:
    "the receiver does not read the payload's encoding, and the router translates no message in fragments; send it plain",
};

const WORDS_MAX = 300;
const wordsOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, WORDS_MAX);

export const damaged: Ending = {
  code: Code.DATA_LOSS,
  reason: Reason.PAYLOAD_CRC,
  message: "the payload's checksum is wrong",
};

export function isIntact({ bytes, view, start, payloadStart, end }: Frame): boolean {
  return crc32(bytes, payloadStart, end) === view.getUint32(start + Offset.payloadCrc);
}

/** `frame` with another payload, in memory of its own; a frame without a message only loses its codec. */
export function reencode(frame: Frame, { bytes: payload, codec, isJson }: Payload): Uint8Array {
  const head = HEADER_BYTES + frame.metaLength;
  const bytes = new Uint8Array(head + payload.length);
  const view = new DataView(bytes.buffer);
  bytes.set(frame.bytes.subarray(frame.start, frame.payloadStart));
  bytes.set(payload, head);
  view.setUint8(Offset.class, (frame.class & ~7) | codec);
  if (!isJson) view.setUint16(Offset.flags, frame.flags & ~Flag.JSON);
  setLengths(view, 0, frame.metaLength, payload.length);
  if (carriesMessage(frame)) setPayloadCrc(view, 0, crc32(payload, 0, payload.length));
  sealHeader(bytes, view, 0);
  return bytes;
}
