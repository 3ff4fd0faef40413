/**
 * What generated code says of a message type: names and pure functions. A message itself is a plain object; nothing is
 * attached to it.
 */
import type { Reader } from "./reader.ts";
import type { Violation } from "./validation.ts";
import type { Writer } from "./writer.ts";

export interface MessageType<T, Init = T> {
  /** The full name, for example `orders.v1.Order`. */
  readonly typeName: string;
  /** Identifies the type's closure: equal fingerprints mean equal schemas. */
  readonly fingerprint: bigint;
  /** A complete message: what `init` leaves out has its default. */
  create(init?: Init): T;
  encode(message: Init): Uint8Array;
  /** Throws `CodecError` when the bytes are not a valid encoding. The result owns all its bytes. */
  decode(bytes: Uint8Array): T;
  /** Appends the encoding to `writer`, so that an SDK encodes straight into its output. */
  write(writer: Writer, message: Init): void;
  /**
   * Reads up to `end`, an offset of the reader's buffer. `base` is what earlier occurrences of the field gave: the
   * result continues it, and the caller no longer uses it.
   */
  read(reader: Reader, end: number, base?: T): T;
  /** Checks the schema's `(nexus.field).rules`; absent where the type has none. */
  validate?(message: Init): readonly Violation[];
}
