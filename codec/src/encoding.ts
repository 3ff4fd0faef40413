/** Whole messages: bytes to a message and back. A writer is kept between calls, so that encoding allocates the result only. */
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** A larger buffer is not kept. */
const keptBytesMax = 65_536;

let kept: Writer | undefined = new Writer(1024);

export function encode<Init>(
  write: (writer: Writer, message: Init) => void,
  message: Init,
): Uint8Array {
  // An init's getter may itself encode: whoever comes second makes a writer of its own.
  const writer = kept ?? new Writer();
  kept = undefined;
  writer.rewind();
  try {
    write(writer, message);
    return writer.finish();
  } finally {
    if (writer.bytes.length <= keptBytesMax) kept = writer;
    else kept = new Writer(1024);
  }
}

export function decode<T>(read: (reader: Reader, end: number) => T, bytes: Uint8Array): T {
  return read(new Reader(bytes), bytes.length);
}

/** Unknown fields of an earlier occurrence, as the start of those that follow. */
export function keepUnknown(bytes: Uint8Array | undefined): Writer | undefined {
  if (bytes === undefined) return undefined;
  const writer = new Writer(bytes.length + 64);
  writer.raw(bytes);
  return writer;
}

/** A number that a closed enum does not know, kept as the field it came in. */
export function keepNumber(unknown: Writer | undefined, tag: number, value: number): Writer {
  const kept = unknown ?? new Writer();
  kept.int32(tag, value);
  return kept;
}

/** A map's entry whose value a closed enum does not know. */
export function keepEntry(unknown: Writer | undefined, tag: number, entry: Uint8Array): Writer {
  const kept = unknown ?? new Writer();
  kept.byteString(tag, entry);
  return kept;
}
