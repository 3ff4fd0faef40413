/**
 * Messages to bytes: one scratch writer for the whole process, whose content is copied into the output before anything else
 * is encoded. What cannot be encoded never touches the output.
 */
import type { MessageType } from "@nexus-bridge/codec";
import { Writer } from "@nexus-bridge/codec/gen1";
import { limits } from "@nexus-bridge/protocol";
import { invalidArgument, NexusError } from "../nexus-error.ts";

/** A larger scratch buffer is given up after use. */
const KEPT_BYTES_MAX = 1 << 20;

let scratch = new Writer(1 << 14);

/** Encodes `message`; the bytes lie in the result's `bytes` up to `position` until the next call. */
// biome-ignore lint/suspicious/noExplicitAny: descriptors erase message types; clients and handlers are typed.
export function encodeMessage(type: MessageType<any, any>, message: unknown): Writer {
  if (scratch.bytes.length > KEPT_BYTES_MAX) scratch = new Writer(1 << 14);
  else scratch.rewind();
  try {
    type.write(scratch, message);
  } catch (error) {
    throw unencodable(type.typeName, error);
  }
  if (scratch.position > limits.messageBytes)
    throw invalidArgument(
      `${type.typeName} takes ${scratch.position} bytes; a message may have ${limits.messageBytes}`,
      "TOO_LARGE",
    );
  return scratch;
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
