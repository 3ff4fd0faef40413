/** google.protobuf.Timestamp: a moment, exact to the nanosecond, with conversions that say what they lose. */
import { CodecError } from "../codec-error.ts";
import { decode, encode, keepUnknown } from "../encoding.ts";
import { type JsonType, type JsonValue, refuseJson, rootPath } from "../json/json-value.ts";
import { parseJsonText } from "../json/text.ts";
import type { MessageType } from "../message-type.ts";
import type { Reader } from "../reader.ts";
import type { Writer } from "../writer.ts";
import { fractionOf, nanosOfFraction } from "./fraction.ts";

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z. */
const secondsMin = -62_135_596_800n;
const secondsMax = 253_402_300_799n;

export interface Timestamp {
  /** Since 1970-01-01T00:00:00Z; negative before. */
  seconds: bigint;
  /** 0 to 999,999,999, also before 1970. */
  nanos: number;
  /** Fields this schema does not know, as they came. */
  $unknown?: Uint8Array;
}

export interface TimestampInit {
  readonly seconds?: bigint | undefined;
  readonly nanos?: number | undefined;
  readonly $unknown?: Uint8Array | undefined;
}

export interface TimestampType extends MessageType<Timestamp, TimestampInit> {
  /** Exact: a `Date` holds milliseconds. Throws `CodecError` for an invalid date. */
  fromDate(date: Date): Timestamp;
  /** Rounds down to the millisecond. Throws `CodecError` where the moment is outside what a `Date` holds. */
  toDate(timestamp: TimestampInit): Date;
}

export const Timestamp: TimestampType = {
  typeName: "google.protobuf.Timestamp",
  fingerprint: 0x62250dd8df699f7an,
  create: createTimestamp,
  encode: (message) => encode(writeTimestamp, message),
  decode: (bytes) => decode(readTimestamp, bytes),
  write: writeTimestamp,
  read: readTimestamp,
  fromDate,
  toDate,
};

function createTimestamp(init?: TimestampInit): Timestamp {
  const message: Timestamp = { seconds: init?.seconds ?? 0n, nanos: init?.nanos ?? 0 };
  if (init?.$unknown !== undefined) message.$unknown = init.$unknown;
  return message;
}

function writeTimestamp(writer: Writer, message: TimestampInit): void {
  const { seconds, nanos } = message;
  if (seconds !== undefined && seconds !== 0n) writer.int64(8, seconds);
  if (nanos !== undefined && nanos !== 0) writer.int32(16, nanos);
  if (message.$unknown !== undefined) writer.raw(message.$unknown);
}

function readTimestamp(reader: Reader, end: number, base?: Timestamp): Timestamp {
  let seconds = base?.seconds ?? 0n;
  let nanos = base?.nanos ?? 0;
  let unknown = keepUnknown(base?.$unknown);
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 8) seconds = reader.int64();
    else if (tag === 16) nanos = reader.int32();
    else unknown = reader.keep(unknown, tag);
  }
  reader.close(end);
  const message: Timestamp = { seconds, nanos };
  if (unknown !== undefined) message.$unknown = unknown.finish();
  return message;
}

function fromDate(date: Date): Timestamp {
  const time = date.getTime();
  if (Number.isNaN(time)) throw new CodecError("the date is invalid");
  const seconds = Math.floor(time / 1000);
  return { seconds: BigInt(seconds), nanos: (time - seconds * 1000) * 1_000_000 };
}

function toDate(timestamp: TimestampInit): Date {
  const millis = Math.floor((timestamp.nanos ?? 0) / 1_000_000);
  const date = new Date(Number(timestamp.seconds ?? 0n) * 1000 + millis);
  if (!Number.isNaN(date.getTime())) return date;
  throw new CodecError("the timestamp is outside what a Date holds");
}

function toJson(message: TimestampInit): string {
  const seconds = message.seconds ?? 0n;
  if (seconds < secondsMin || seconds > secondsMax) {
    throw new CodecError("a timestamp in JSON lies between the years 1 and 9999");
  }
  const fraction = fractionOf(message.nanos ?? 0);
  if (fraction === undefined) throw new CodecError("a timestamp's nanos go from 0 to 999999999");
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}${fraction}Z`;
}

const pattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/;

function fromJson(json: JsonValue, path: string): Timestamp {
  const match = typeof json === "string" ? pattern.exec(json) : null;
  const expected = "a moment such as 2026-01-31T23:59:59.5Z";
  if (match === null) return refuseJson(path, expected, json);
  const [, moment = "", fraction, sign, hours, minutes] = match;
  const time = Date.parse(`${moment}Z`);
  // Date.parse lets 24:00 and, in some runtimes, 30 February pass; writing it back does not.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 19) !== moment) {
    return refuseJson(path, expected, json);
  }
  const offset = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * 60;
  if (Number(hours ?? 0) > 23 || Number(minutes ?? 0) > 59) return refuseJson(path, expected, json);
  const seconds = BigInt(time / 1000 - (sign === "-" ? -offset : offset));
  if (seconds < secondsMin || seconds > secondsMax) {
    return refuseJson(path, "a moment between the years 1 and 9999", json);
  }
  return { seconds, nanos: nanosOfFraction(fraction) };
}

export const TimestampJson: JsonType<Timestamp, TimestampInit> = {
  type: Timestamp,
  stringify: (message) => JSON.stringify(toJson(message)),
  parse: (text) => fromJson(parseJsonText(text), rootPath),
  toJson,
  fromJson: (json, _options, path = rootPath) => fromJson(json, path),
};
