/**
 * One whole frame from its parts, for cold paths and tests: handshake, control, refusals. Hot paths write into a
 * {@link FrameWriter}'s slab instead.
 */
import { crc32 } from "./crc32.ts";
import {
  CLASS_CONTROL,
  CLASS_DEFAULT,
  FrameType,
  HEADER_BYTES,
  isLinkType,
  Offset,
  sealHeader,
  setLengths,
  setPayloadCrc,
  writeHeader,
} from "./header.ts";
import type { Meta } from "./meta.ts";
import { metaBytes, writeMeta } from "./meta-writer.ts";

export interface FrameInit {
  readonly type: FrameType;
  /** PCRC is set by itself where there is a payload. */
  readonly flags?: number;
  /** Default: control for types that speak of the link or of credit, else priority 4. */
  readonly class?: number;
  /** Default: 1 on link types, else 16. */
  readonly hops?: number;
  readonly stream?: number;
  readonly route?: number;
  readonly arg?: number;
  readonly meta?: Meta;
  /** Present and empty is an empty message; absent is none. */
  readonly payload?: Uint8Array;
  /** The CRC of the message's fragments before this one. */
  readonly crcBefore?: number;
}

const EMPTY = new Uint8Array(0);
const CONTROL_TYPES: ReadonlySet<number> = new Set([
  FrameType.CANCEL,
  FrameType.CREDIT,
  FrameType.EVACK,
]);

/** The class a frame has where its origin says nothing else. */
export function defaultClass(type: number): number {
  return isLinkType(type) || CONTROL_TYPES.has(type) ? CLASS_CONTROL : CLASS_DEFAULT;
}

/** Whether a payload, present or empty, carries its CRC: all but the handshake and the heartbeat. */
function carriesCrc(type: number, payload: Uint8Array | undefined): boolean {
  return payload !== undefined && type > FrameType.PONG;
}

export function encodeFrame(init: FrameInit): Uint8Array {
  const meta = init.meta === undefined ? 0 : metaBytes(init.meta);
  const payload = init.payload ?? EMPTY;
  const bytes = new Uint8Array(HEADER_BYTES + meta + payload.length);
  const view = new DataView(bytes.buffer);
  writeHeader(
    view,
    0,
    init.type,
    init.flags ?? 0,
    init.class ?? defaultClass(init.type),
    init.stream ?? 0,
    init.route ?? 0,
    init.arg ?? 0,
  );
  if (init.hops !== undefined) view.setUint8(Offset.hops, init.hops);
  setLengths(view, 0, meta, payload.length);
  if (init.meta !== undefined) writeMeta(bytes, view, HEADER_BYTES, init.meta);
  bytes.set(payload, HEADER_BYTES + meta);
  if (carriesCrc(init.type, init.payload))
    setPayloadCrc(view, 0, crc32(payload, 0, payload.length, init.crcBefore ?? 0));
  sealHeader(bytes, view, 0);
  return bytes;
}

/** Where the payload of the frame at `start` begins. */
export function payloadStart(view: DataView, start: number): number {
  return start + HEADER_BYTES + view.getUint16(start + Offset.metaLength);
}

/** Whether the payload from {@link payloadStart} to `end` fits the frame's CRC; `seed` is that of the fragments before. */
export function payloadCrcMatches(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  seed = 0,
): boolean {
  const expected = view.getUint32(start + Offset.payloadCrc);
  return crc32(bytes, payloadStart(view, start), end, seed) === expected;
}
