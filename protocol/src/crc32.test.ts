import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { crc32, headerCrc, useNativeCrc } from "./crc32.ts";

/** The textbook's form, one bit at a time. */
function reference(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

describe("crc32", () => {
  afterEach(() => useNativeCrc(undefined));

  it("is the textbook's, of any range", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), fc.nat(20), (bytes, cut, tail) => {
        const start = Math.min(cut, bytes.length);
        const end = Math.max(start, bytes.length - tail);
        expect(crc32(bytes, start, end)).toBe(reference(bytes.subarray(start, end)));
      }),
    );
  });

  it("continues from what came before", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (left, right) => {
        const both = new Uint8Array([...left, ...right]);
        expect(crc32(right, 0, right.length, crc32(left))).toBe(crc32(both));
      }),
    );
  });

  it("has a straight-line form for headers", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 40, maxLength: 40 }), fc.nat(8), (bytes, offset) => {
        expect(headerCrc(bytes, offset)).toBe(reference(bytes.subarray(offset, offset + 28)));
      }),
    );
  });

  it("hands long ranges, and only those, to a native implementation", () => {
    const asked: number[] = [];
    useNativeCrc((bytes, seed) => {
      asked.push(bytes.length, seed);
      return 7;
    });
    const bytes = new Uint8Array(400);
    expect(crc32(bytes, 0, 159)).toBe(reference(new Uint8Array(159)));
    expect(crc32(bytes, 0, 160, 5)).toBe(7);
    expect(asked).toEqual([160, 5]);
  });
});
