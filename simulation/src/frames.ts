/** Whole frames as a simulation looks at them, and small changes to them that leave every checksum right. */
import {
  crc32,
  FrameDecoder,
  HEADER_BYTES,
  metaLengthAt,
  Offset,
  PREFACE_BYTES,
  PrefaceReader,
  sealHeader,
  setLengths,
} from "@nexus-bridge/protocol";

export interface SeenFrame {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly route: number;
  readonly arg: number;
  readonly payload: Uint8Array;
}

export function seen(bytes: Uint8Array): SeenFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    bytes,
    view,
    type: view.getUint8(Offset.type),
    flags: view.getUint16(Offset.flags),
    stream: view.getUint32(Offset.stream),
    route: view.getUint32(Offset.route),
    arg: view.getUint32(Offset.arg),
    payload: bytes.subarray(HEADER_BYTES + metaLengthAt(view, 0)),
  };
}

/** Cuts what one end writes, the preface first, into frames; says where the rules of framing are broken. */
export class FrameReader {
  readonly #preface = new PrefaceReader();
  readonly #decoder: FrameDecoder;

  constructor(frame: (frame: SeenFrame) => void) {
    this.#decoder = new FrameDecoder((bytes, _view, start, end) => {
      frame(seen(bytes.slice(start, end)));
      return undefined;
    });
    this.#decoder.allowFullFrames();
  }

  /** Bytes of a frame, or of the preface, that is not whole. */
  get isInside(): boolean {
    return this.#decoder.pendingBytes > 0;
  }

  push(bytes: Uint8Array): string | undefined {
    let rest = bytes;
    if (!this.#preface.complete) {
      const taken = this.#preface.take(bytes);
      if (taken < 0 || taken > PREFACE_BYTES) return "the preface is wrong";
      rest = bytes.subarray(taken);
    }
    return rest.length === 0 ? undefined : this.#decoder.push(rest)?.message;
  }
}

/** A copy with other header fields. */
export function changed(
  frame: SeenFrame,
  fields: { readonly stream?: number; readonly arg?: number; readonly flags?: number },
): SeenFrame {
  const bytes = frame.bytes.slice();
  const view = new DataView(bytes.buffer);
  if (fields.stream !== undefined) view.setUint32(Offset.stream, fields.stream);
  if (fields.arg !== undefined) view.setUint32(Offset.arg, fields.arg);
  if (fields.flags !== undefined) view.setUint16(Offset.flags, fields.flags);
  sealHeader(bytes, view, 0);
  return seen(bytes);
}

/** A copy with another payload, and everything that depends on it. */
export function replaced(frame: SeenFrame, payload: Uint8Array): SeenFrame {
  const start = frame.bytes.length - frame.payload.length;
  const bytes = new Uint8Array(start + payload.length);
  bytes.set(frame.bytes.subarray(0, start));
  bytes.set(payload, start);
  const view = new DataView(bytes.buffer);
  setLengths(view, 0, start - HEADER_BYTES, payload.length);
  view.setUint32(Offset.payloadCrc, crc32(payload));
  sealHeader(bytes, view, 0);
  return seen(bytes);
}

/** A copy whose payload `change` has changed, with the checksum that fits, or with the one it had. */
export function repaid(
  frame: SeenFrame,
  change: (payload: Uint8Array, view: DataView) => void,
  isSealed = true,
): SeenFrame {
  const copy = seen(frame.bytes.slice());
  const { payload } = copy;
  change(payload, new DataView(payload.buffer, payload.byteOffset, payload.length));
  if (isSealed) copy.view.setUint32(Offset.payloadCrc, crc32(payload, 0, payload.length));
  sealHeader(copy.bytes, copy.view, 0);
  return seen(copy.bytes);
}
