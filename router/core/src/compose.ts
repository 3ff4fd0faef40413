/** Builds the frames that the router says itself. They are rare: each is bytes of its own. */
import {
  crc32,
  HEADER_BYTES,
  isLinkType,
  Offset,
  PRIORITY_DEFAULT,
  sealHeader,
  setLengths,
  setPayloadCrc,
  writeHeader,
  frameClass,
} from "@nexus-bridge/protocol";

export interface FrameParts {
  readonly type: number;
  readonly flags?: number;
  /** Priority, QoS and codec; the default priority, or 0 for link types. */
  readonly class?: number;
  readonly stream?: number;
  readonly route?: number;
  readonly arg?: number;
  /** The TLVs without their CRC. */
  readonly meta?: Uint8Array;
  readonly payload?: Uint8Array;
}

const META_CRC_BYTES = 4;
const none = new Uint8Array(0);

export function composeFrame(parts: FrameParts): Uint8Array {
  const meta = parts.meta ?? none;
  const payload = parts.payload ?? none;
  const metaLength = meta.length === 0 ? 0 : meta.length + META_CRC_BYTES;
  const bytes = new Uint8Array(HEADER_BYTES + metaLength + payload.length);
  const view = new DataView(bytes.buffer);
  const link = isLinkType(parts.type);
  const priority = parts.class ?? frameClass(link ? 0 : PRIORITY_DEFAULT);
  const { stream = 0, route = 0, arg = 0 } = parts;
  writeHeader(view, 0, parts.type, parts.flags ?? 0, priority, stream, route, arg);
  setLengths(view, 0, metaLength, payload.length);
  if (metaLength > 0) {
    bytes.set(meta, HEADER_BYTES);
    view.setUint32(HEADER_BYTES + meta.length, crc32(meta));
  }
  bytes.set(payload, HEADER_BYTES + metaLength);
  if (payload.length > 0) setPayloadCrc(view, 0, crc32(payload));
  sealHeader(bytes, view, 0);
  return bytes;
}

/** The frame in `frame` with other TLVs: lengths, meta and header CRC are made anew, the payload and its CRC are not. */
export function withMeta(frame: Uint8Array, metaLength: number, meta: Uint8Array): Uint8Array {
  const payload = frame.subarray(HEADER_BYTES + metaLength);
  const metaBytes = meta.length === 0 ? 0 : meta.length + META_CRC_BYTES;
  const bytes = new Uint8Array(HEADER_BYTES + metaBytes + payload.length);
  const view = new DataView(bytes.buffer);
  bytes.set(frame.subarray(0, HEADER_BYTES));
  setLengths(view, 0, metaBytes, payload.length);
  if (metaBytes > 0) {
    bytes.set(meta, HEADER_BYTES);
    view.setUint32(HEADER_BYTES + meta.length, crc32(meta));
  }
  bytes.set(payload, HEADER_BYTES + metaBytes);
  view.setUint32(Offset.headerCrc, 0);
  sealHeader(bytes, view, 0);
  return bytes;
}
