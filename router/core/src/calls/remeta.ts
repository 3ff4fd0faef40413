/**
 * Gives a frame another meta block: lengths, meta CRC and header CRC are made anew; the payload and its CRC stay the sender's.
 */
import {
  encodeMeta,
  HEADER_BYTES,
  type Meta,
  readMeta,
  sealHeader,
  setLengths,
} from "@nexus-bridge/protocol";
import type { Frame } from "../frame.ts";

/** The frame with `change` applied to its meta, whose CRC and structure have been checked. */
export function remeta(frame: Frame, change: (meta: Meta) => Meta): Uint8Array | undefined {
  const start = frame.start + HEADER_BYTES;
  const read = readMeta(frame.bytes, frame.view, start, frame.payloadStart);
  if (read.kind === "fault") return undefined;
  const meta = encodeMeta(change(read.meta));
  const bytes = new Uint8Array(HEADER_BYTES + meta.length + frame.payloadLength);
  const view = new DataView(bytes.buffer);
  bytes.set(frame.bytes.subarray(frame.start, start));
  bytes.set(meta, HEADER_BYTES);
  bytes.set(frame.bytes.subarray(frame.payloadStart, frame.end), HEADER_BYTES + meta.length);
  setLengths(view, 0, meta.length, frame.payloadLength);
  sealHeader(bytes, view, 0);
  return bytes;
}
