import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame } from "./frame.ts";
import { FrameDecoder, type FrameFault } from "./frame-decoder.ts";
import { LinkCode } from "./gen/errors.ts";
import { limits } from "./gen/limits.ts";
import { Flag, FrameType, HEADER_BYTES, Offset, sealHeader } from "./header.ts";

interface Seen {
  readonly frames: readonly string[];
  readonly fault: FrameFault | undefined;
}

const hex = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Feeds `bytes` in pieces of the given sizes, the last one again and again. */
function decode(bytes: Uint8Array, sizes: readonly number[], full = true): Seen {
  const frames: string[] = [];
  const decoder = new FrameDecoder((buffer, view, start, end) => {
    expect(view.getUint32(start)).toBe(end - start - HEADER_BYTES);
    frames.push(hex(buffer.subarray(start, end)));
    return undefined;
  });
  if (full) decoder.allowFullFrames();
  let fault: FrameFault | undefined;
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const size = sizes[Math.min(turn, sizes.length - 1)] ?? bytes.length;
    // A copy of its own, overwritten afterwards: nobody may keep what was only lent.
    const chunk = bytes.slice(at, at + size);
    fault = decoder.push(chunk);
    chunk.fill(0xee);
    at += size;
  }
  return { frames, fault };
}

const frames = fc.array(
  fc
    .record({
      stream: fc.integer({ min: 1, max: 0xffffffff }),
      arg: fc.nat(9),
      payload: fc.uint8Array({ maxLength: 90 }),
      named: fc.boolean(),
    })
    .map(({ named, ...rest }) =>
      encodeFrame({ type: FrameType.OPEN, ...rest, ...(named && { meta: { name: "a.B/C" } }) }),
    ),
  { minLength: 1, maxLength: 6 },
);
const sizes = fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 12 });
const join = (parts: readonly Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]));

/** A frame whose header says this, with a right CRC. */
function forged(fields: { length?: number; metaLength?: number; version?: number }): Uint8Array {
  const bytes = encodeFrame({ type: FrameType.DATA, stream: 1, flags: Flag.END });
  const view = new DataView(bytes.buffer);
  if (fields.length !== undefined) view.setUint32(Offset.length, fields.length);
  if (fields.metaLength !== undefined) view.setUint16(Offset.metaLength, fields.metaLength);
  if (fields.version !== undefined) view.setUint8(Offset.version, fields.version);
  sealHeader(bytes, view, 0);
  return bytes;
}

describe("the frame decoder", () => {
  it("gives the same frames for every chunking", () => {
    fc.assert(
      fc.property(frames, sizes, (whole, pieces) => {
        const seen = decode(join(whole), pieces);
        expect(seen).toEqual({ frames: whole.map(hex), fault: undefined });
      }),
    );
  });

  it("carries frames far larger than a chunk", () => {
    const payload = Uint8Array.from({ length: limits.frameBytes }, (_, at) => at % 253);
    const bytes = encodeFrame({ type: FrameType.DATA, stream: 1, payload });
    expect(decode(join([bytes, bytes]), [65536]).frames).toEqual([hex(bytes), hex(bytes)]);
  });

  it.each<[string, Parameters<typeof forged>[0], LinkCode]>([
    ["another major version", { version: 0x20 }, LinkCode.UNSUPPORTED_VERSION],
    ["a length above the limit", { length: limits.frameBytes + 1 }, LinkCode.FRAME_TOO_LARGE],
    ["the largest length there is", { length: 0xffffffff }, LinkCode.FRAME_TOO_LARGE],
    ["meta longer than the frame", { length: 8, metaLength: 9 }, LinkCode.PROTOCOL_ERROR],
    ["meta above its limit", { length: 20000, metaLength: 16385 }, LinkCode.PROTOCOL_ERROR],
    ["meta too short for its CRC", { length: 9, metaLength: 3 }, LinkCode.PROTOCOL_ERROR],
  ])("ends at %s", (_, fields, code) => {
    const good = encodeFrame({ type: FrameType.DATA, stream: 1, flags: Flag.END });
    const seen = decode(join([good, forged(fields), good]), [7]);
    expect(seen.frames).toEqual([hex(good)]);
    expect(seen.fault?.code).toBe(code);
  });

  it("ignores the low nibble of the version", () => {
    expect(decode(forged({ version: 0x1f }), [99]).frames).toHaveLength(1);
  });

  it("finds every damaged bit of a header", () => {
    const good = encodeFrame({ type: FrameType.OPEN, stream: 1, payload: Uint8Array.of(1) });
    for (let bit = 0; bit < HEADER_BYTES * 8; bit++) {
      const damaged = good.slice();
      damaged[bit >>> 3] = (damaged[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decode(damaged, [32])).toMatchObject({
        frames: [],
        fault: { code: LinkCode.HEADER_CRC },
      });
    }
  });

  it("allows little before WELCOME, the meta block included", () => {
    const atLimit = forged({ length: limits.frameBytesBeforeWelcome });
    expect(decode(atLimit, [99], false).fault).toBeUndefined();
    const above = forged({ length: limits.frameBytesBeforeWelcome + 1, metaLength: 8 });
    expect(decode(above, [99], false).fault?.code).toBe(LinkCode.FRAME_TOO_LARGE);
    expect(decode(above, [99], true).fault).toBeUndefined();
  });

  it("puts the meta block on top of the limit afterwards", () => {
    const metaLength = limits.metaBytes;
    const atLimit = forged({ length: limits.frameBytes + metaLength, metaLength });
    expect(decode(atLimit, [99]).fault).toBeUndefined();
    const above = forged({ length: limits.frameBytes + metaLength + 1, metaLength });
    expect(decode(above, [99]).fault?.code).toBe(LinkCode.FRAME_TOO_LARGE);
  });

  it("raises the limit while it works on a chunk", () => {
    const small = encodeFrame({ type: FrameType.WELCOME, payload: Uint8Array.of(1) });
    const payload = new Uint8Array(limits.frameBytesBeforeWelcome + 1);
    const large = encodeFrame({ type: FrameType.DATA, stream: 1, payload });
    const types: number[] = [];
    const decoder: FrameDecoder = new FrameDecoder((bytes, _view, start) => {
      types.push(bytes[start + Offset.type] ?? 0);
      decoder.allowFullFrames();
      return undefined;
    });
    expect(decoder.push(join([small, large]))).toBeUndefined();
    expect(types).toEqual([FrameType.WELCOME, FrameType.DATA]);
  });

  it("stops where its user says so, and stays stopped", () => {
    const frame = encodeFrame({ type: FrameType.CLOSE });
    const fault: FrameFault = { code: LinkCode.PROTOCOL_ERROR, message: "no" };
    let calls = 0;
    const refusing = new FrameDecoder(() => {
      calls++;
      return fault;
    });
    expect(refusing.push(join([frame, frame]))).toBe(fault);
    expect(refusing.push(frame)).toBe(fault);
    const stopping: FrameDecoder = new FrameDecoder(() => {
      calls++;
      stopping.stop();
      return undefined;
    });
    expect(stopping.push(join([frame, frame]))).toBeUndefined();
    expect(stopping.push(frame)).toBeUndefined();
    expect(calls).toBe(2);
  });

  it("says how much of a frame is waiting", () => {
    const decoder = new FrameDecoder(() => undefined);
    const frame = encodeFrame({ type: FrameType.CLOSE });
    decoder.push(frame.subarray(0, 10));
    expect(decoder.pendingBytes).toBe(10);
    decoder.push(frame.subarray(10));
    expect(decoder.pendingBytes).toBe(0);
  });
});
