/** google.protobuf.Duration: a span, exact to the nanosecond, with conversions that say what they lose. */
import { CodecError } from "../codec-error.ts";
import { decode, encode, keepUnknown } from "../encoding.ts";
import { type JsonType, type JsonValue, refuseJson, rootPath } from "../json/json-value.ts";
import { parseJsonText } from "../json/text.ts";
import type { MessageType } from "../message-type.ts";
import type { Reader } from "../reader.ts";
import type { Writer } from "../writer.ts";
import { fractionOf, nanosOfFraction } from "./fraction.ts";

/** Ten thousand years. */
const secondsMax = 315_576_000_000n;

export interface Duration {
  seconds: bigint;
  /** Of the same sign as `seconds`, below a second. */
  nanos: number;
  /** Fields this schema does not know, as they came. */
  $unknown?: Uint8Array;
}

export interface DurationInit {
  readonly seconds?: bigint | undefined;
  readonly nanos?: number | undefined;
  readonly $unknown?: Uint8Array | undefined;
}

export interface DurationType extends MessageType<Duration, DurationInit> {
  /** Rounds to the nanosecond. Throws `CodecError` where the number is not finite. */
  fromMilliseconds(milliseconds: number): Duration;
  /** As near as a double comes: exact to the nanosecond below about 104 days. */
  toMilliseconds(duration: DurationInit): number;
}

export const Duration: DurationType = {
  typeName: "google.protobuf.Duration",
  fingerprint: 0xd401ae4ed15a3a8bn,
  create: createDuration,
  encode: (message) => encode(writeDuration, message),
  decode: (bytes) => decode(readDuration, bytes),
  write: writeDuration,
  read: readDuration,
  fromMilliseconds,
  toMilliseconds,
};

function createDuration(init?: DurationInit): Duration {
  const message: Duration = { seconds: init?.seconds ?? 0n, nanos: init?.nanos ?? 0 };
  if (init?.$unknown !== undefined) message.$unknown = init.$unknown;
  return message;
}

function writeDuration(writer: Writer, message: DurationInit): void {
  const { seconds, nanos } = message;
  if (seconds !== undefined && seconds !== 0n) writer.int64(8, seconds);
  if (nanos !== undefined && nanos !== 0) writer.int32(16, nanos);
  if (message.$unknown !== undefined) writer.raw(message.$unknown);
}

function readDuration(reader: Reader, end: number, base?: Duration): Duration {
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
  const message: Duration = { seconds, nanos };
  if (unknown !== undefined) message.$unknown = unknown.finish();
  return message;
}

function fromMilliseconds(milliseconds: number): Duration {
  if (!Number.isFinite(milliseconds)) throw new CodecError("the number is not finite");
  const seconds = Math.trunc(milliseconds / 1000);
  const nanos = Math.round((milliseconds - seconds * 1000) * 1_000_000);
  if (Math.abs(nanos) < 1_000_000_000) return { seconds: BigInt(seconds), nanos: nanos + 0 };
  return { seconds: BigInt(seconds + Math.sign(nanos)), nanos: 0 };
}

function toMilliseconds(duration: DurationInit): number {
  return Number(duration.seconds ?? 0n) * 1000 + (duration.nanos ?? 0) / 1_000_000;
}

function toJson(message: DurationInit): string {
  const seconds = message.seconds ?? 0n;
  const nanos = message.nanos ?? 0;
  const isNegative = seconds < 0n || nanos < 0;
  const fraction = fractionOf(isNegative ? -nanos : nanos);
  const size = seconds < 0n ? -seconds : seconds;
  if (fraction === undefined || (isNegative && seconds > 0n) || size > secondsMax) {
    throw new CodecError("a duration has at most 10,000 years, and nanos of the seconds' sign");
  }
  return `${isNegative ? "-" : ""}${size}${fraction}s`;
}

function fromJson(json: JsonValue, path: string): Duration {
  const match = typeof json === "string" ? /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(json) : null;
  if (match === null) return refuseJson(path, "a duration such as 1.5s", json);
  const [, sign, digits = "0", fraction] = match;
  const seconds = BigInt(digits);
  if (seconds > secondsMax) return refuseJson(path, "at most 10,000 years", json);
  const nanos = nanosOfFraction(fraction);
  return sign === "-" ? { seconds: -seconds, nanos: 0 - nanos } : { seconds, nanos };
}

export const DurationJson: JsonType<Duration, DurationInit> = {
  type: Duration,
  stringify: (message) => JSON.stringify(toJson(message)),
  parse: (text) => fromJson(parseJsonText(text), rootPath),
  toJson,
  fromJson: (json, _options, path = rootPath) => fromJson(json, path),
};
