import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame } from "./frame.ts";
import { FrameWriter } from "./frame-writer.ts";
import { Flag, FrameType, HEADER_BYTES } from "./header.ts";
import { SLAB_BYTES, SlabPool } from "./slab-pool.ts";

/** The far end of a channel that keeps what it gets until the test lets go of it. */
class Wire {
  readonly chunks: Uint8Array[] = [];
  readonly #held: (() => void)[] = [];
  fast = true;

  write(bytes: Uint8Array, written?: () => void): boolean {
    this.chunks.push(bytes.slice());
    if (written !== undefined) this.#held.push(written);
    return this.fast;
  }

  letGo(): void {
    for (const written of this.#held.splice(0)) written();
  }

  get bytes(): Uint8Array {
    return concat(this.chunks);
  }
}

function setUp(pool = new SlabPool()) {
  const wire = new Wire();
  const scheduled: (() => void)[] = [];
  let drained = 0;
  const writer = new FrameWriter(wire, {
    schedule: (flush) => scheduled.push(flush),
    drained: () => drained++,
    pool,
  });
  return { wire, writer, scheduled, drained: () => drained };
}

const frame = (size: number, fill = 1) =>
  encodeFrame({
    type: FrameType.DATA,
    stream: 1,
    flags: Flag.END,
    payload: new Uint8Array(size).fill(fill),
  });

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const equal = (left: Uint8Array, right: Uint8Array) =>
  left.length === right.length && left.every((byte, at) => byte === right[at]);

describe("the frame writer", () => {
  it("writes once a turn what was appended in it", () => {
    const { wire, writer, scheduled } = setUp();
    writer.append(frame(3, 1));
    writer.append(frame(200, 2));
    expect(wire.chunks).toHaveLength(0);
    expect(scheduled).toHaveLength(1);
    expect(writer.pendingBytes).toBe(2 * HEADER_BYTES + 203);
    scheduled[0]?.();
    expect(wire.bytes).toEqual(new Uint8Array([...frame(3, 1), ...frame(200, 2)]));
    wire.letGo();
    expect(writer.pendingBytes).toBe(0);
    writer.append(frame(1));
    expect(scheduled).toHaveLength(2);
  });

  it("copies a frame out of the middle of a buffer", () => {
    const { wire, writer } = setUp();
    const bytes = new Uint8Array([9, ...frame(100), 9]);
    writer.append(bytes, 1, bytes.length - 1);
    writer.append(Uint8Array.of(1, 2, 3, 4), 1, 3);
    writer.flush();
    expect(wire.bytes).toEqual(new Uint8Array([...frame(100), 2, 3]));
  });

  it("keeps frames of any size whole and in order", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(90_000), { maxLength: 8 }), (sizes) => {
        const { wire, writer } = setUp();
        const frames = sizes.map((size, at) => frame(size, at));
        for (const each of frames) writer.append(each);
        writer.flush();
        // Each chunk is one or more whole frames: its end is the end of a frame.
        const lengths = frames.map((each) => each.length);
        let next = 0;
        for (const chunk of wire.chunks) {
          let left = chunk.length;
          while (left > 0) left -= lengths[next++] ?? Number.NaN;
          expect(left).toBe(0);
        }
        expect(next).toBe(frames.length);
        expect(equal(concat(wire.chunks), concat(frames))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it("fills a slab to its last byte", () => {
    const { wire, writer } = setUp();
    writer.append(frame(1));
    writer.append(frame(SLAB_BYTES - 2 * HEADER_BYTES - 1));
    writer.flush();
    expect(wire.chunks.map((chunk) => chunk.length)).toEqual([SLAB_BYTES]);
  });

  it("leaves no trace of a message whose encoding failed", () => {
    const { wire, writer } = setUp();
    writer.append(frame(1));
    const slab = writer.reserve(1000);
    slab.bytes.fill(0xff, slab.used, slab.used + 500);
    writer.append(frame(2));
    writer.flush();
    expect(wire.bytes).toEqual(new Uint8Array([...frame(1), ...frame(2)]));
  });

  it("refuses to commit more than was reserved", () => {
    const { writer } = setUp();
    writer.reserve(10);
    expect(() => writer.commit(11)).toThrow(RangeError);
    expect(() => setUp().writer.commit(1)).toThrow(RangeError);
  });

  it("uses a slab again once the channel has let go of it, and not before", () => {
    const { wire, writer } = setUp();
    writer.append(frame(1));
    const first = writer.reserve(1);
    writer.flush();
    const second = writer.reserve(1);
    expect(second).not.toBe(first);
    wire.letGo();
    writer.append(frame(1));
    writer.flush();
    expect(writer.reserve(1)).toBe(first);
    expect(first.used).toBe(0);
  });

  it("keeps no slab that was made for one large frame", () => {
    const pool = new SlabPool();
    const { wire, writer } = setUp(pool);
    writer.append(frame(SLAB_BYTES));
    writer.flush();
    wire.letGo();
    expect(pool.take().bytes.length).toBe(SLAB_BYTES);
  });

  it("is blocked while the channel is slow, and says when it is not any more", () => {
    const { wire, writer, drained } = setUp();
    wire.fast = false;
    writer.append(frame(1));
    expect(writer.flush()).toBe(false);
    expect(writer.blocked).toBe(true);
    wire.letGo();
    expect(writer.blocked).toBe(false);
    expect(drained()).toBe(1);
  });
});
