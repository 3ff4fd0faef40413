/**
 * The frame being handled: its place in memory and its header's fields, in one object that is filled anew for every frame. Who
 * needs bytes of it later copies them.
 */
import {
  argAt,
  classAt,
  Flag,
  flagsAt,
  HEADER_BYTES,
  hopsAt,
  lengthAt,
  metaLengthAt,
  Offset,
  routeAt,
  sealHeader,
  streamAt,
  typeAt,
} from "@nexus-bridge/protocol";

export interface Frame {
  bytes: Uint8Array;
  view: DataView;
  start: number;
  end: number;
  type: number;
  flags: number;
  metaLength: number;
  class: number;
  hops: number;
  stream: number;
  route: number;
  arg: number;
  payloadStart: number;
  payloadLength: number;
}

export function createFrame(): Frame {
  const bytes = new Uint8Array(0);
  return {
    bytes,
    view: new DataView(bytes.buffer),
    start: 0,
    end: 0,
    type: 0,
    flags: 0,
    metaLength: 0,
    class: 0,
    hops: 0,
    stream: 0,
    route: 0,
    arg: 0,
    payloadStart: 0,
    payloadLength: 0,
  };
}

/** Reads the header at `start`; the caller has verified its CRC and that the whole frame is there. */
export function loadFrame(frame: Frame, bytes: Uint8Array, view: DataView, start: number): void {
  const length = lengthAt(view, start);
  const metaLength = metaLengthAt(view, start);
  frame.bytes = bytes;
  frame.view = view;
  frame.start = start;
  frame.end = start + HEADER_BYTES + length;
  frame.type = typeAt(view, start);
  frame.flags = flagsAt(view, start);
  frame.metaLength = metaLength;
  frame.class = classAt(view, start);
  frame.hops = hopsAt(view, start);
  frame.stream = streamAt(view, start);
  frame.route = routeAt(view, start);
  frame.arg = argAt(view, start);
  frame.payloadStart = start + HEADER_BYTES + metaLength;
  frame.payloadLength = length - metaLength;
}

/** Reads a frame that stands alone in `bytes`. */
export function loadWhole(frame: Frame, bytes: Uint8Array): void {
  loadFrame(frame, bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
}

/** The whole frame as bytes of its own. */
export const copyFrame = (frame: Frame): Uint8Array => frame.bytes.slice(frame.start, frame.end);

export const payloadOf = (frame: Frame): Uint8Array =>
  frame.bytes.subarray(frame.payloadStart, frame.end);

export const codecOfFrame = (frame: Frame): number => frame.class & 7;

/** An empty message carries PCRC; END alone is a half-close. */
export const carriesMessage = (frame: Frame): boolean =>
  frame.payloadLength > 0 || (frame.flags & Flag.PCRC) !== 0;

/** Rewrites what a router may change of a call's frame, in place, and seals it. */
export function readdress(frame: Frame, stream: number, route: number, arg: number): void {
  const { bytes, view, start } = frame;
  if (frame.hops > 0) view.setUint8(start + Offset.hops, frame.hops - 1);
  view.setUint32(start + Offset.stream, stream);
  view.setUint32(start + Offset.route, route);
  view.setUint32(start + Offset.arg, arg);
  sealHeader(bytes, view, start);
}
