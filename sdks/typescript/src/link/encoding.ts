/**
 * Messages to bytes: one scratch writer for the whole process, whose content is copied into the output before anything else
 * is encoded. What cannot be encoded never touches the output.
 */
import type { MessageType } from "@nexus-bridge/codec";
import { Reader, Writer } from "@nexus-bridge/codec/gen1";
import { limits } from "@nexus-bridge/protocol";
import { invalidArgument, NexusError } from "../nexus-error.ts";

/** A larger scratch buffer is given up after use. */
const KEPT_BYTES_MAX = 1 << 20;

/** Undefined while a message is being encoded: one whose getter encodes another gets a writer of its own. */
let scratch: Writer | undefined = new Writer(1 << 14);

/** Encodes `message`; the bytes lie in the result's `bytes` up to `position` until the next call. */
// biome-ignore lint/suspicious/noExplicitAny: descriptors erase message types; clients and handlers are typed.
export function encodeMessage(type: MessageType<any, any>, message: unknown): Writer {
  const kept = scratch;
  const writer =
    kept === undefined || kept.bytes.length > KEPT_BYTES_MAX ? new Writer(1 << 14) : kept;
  scratch = undefined;
  try {
    writer.rewind();
    type.write(writer, message);
  } catch (error) {
    throw unencodable(type.typeName, error);
  } finally {
    scratch = writer;
  }
  if (writer.position > limits.messageBytes)
    throw invalidArgument(
      `${type.typeName} takes ${writer.position} bytes; a message may have ${limits.messageBytes}`,
      "TOO_LARGE",
    );
  return writer;
}

/**
 * Decodes the message from `from` to `to`, in place. A length inside it that points past its end is found when the message is
 * closed, so that nothing of what lies behind is ever returned.
 */
export function decodeMessage(
  // biome-ignore lint/suspicious/noExplicitAny: descriptors erase message types; clients and handlers are typed.
  type: MessageType<any, any>,
  bytes: Uint8Array,
  from: number,
  to: number,
): unknown {
  const reader = new Reader(bytes);
  reader.position = from;
  return type.read(reader, to);
}

function unencodable(typeName: string, cause: unknown): NexusError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new NexusError({
    code: "INVALID_ARGUMENT",
    message: `${typeName} cannot be encoded: ${why}`,
    cause,
    notExecuted: true,
  });
}
