import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as packed from "./packed.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

const unsigned = fc.integer({ min: 0, max: 0xffff_ffff });
const signed64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const unsigned64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

function check<T>(
  value: fc.Arbitrary<T>,
  write: (writer: Writer, tag: number, values: readonly T[]) => void,
  read: (reader: Reader, values: T[]) => void,
): void {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 200 }), (values) => {
      const writer = new Writer(1);
      write(writer, 10, values);
      const bytes = writer.finish();
      const reader = new Reader(bytes);
      expect(reader.tag()).toBe(10);
      const back: T[] = [];
      read(reader, back);
      expect(back).toEqual(values);
      expect(reader.position).toBe(bytes.length);
    }),
    { numRuns: 100 },
  );
}

describe("packed lists", () => {
  it("come back as they were", () => {
    check(unsigned, packed.writePackedUint32, packed.readPackedUint32);
    check(fc.integer(), packed.writePackedInt32, packed.readPackedInt32);
    check(fc.integer(), packed.writePackedSint32, packed.readPackedSint32);
    check(fc.boolean(), packed.writePackedBool, packed.readPackedBool);
    check(unsigned64, packed.writePackedUint64, packed.readPackedUint64);
    check(signed64, packed.writePackedInt64, packed.readPackedInt64);
    check(signed64, packed.writePackedSint64, packed.readPackedSint64);
    check(unsigned, packed.writePackedFixed32, packed.readPackedFixed32);
    check(fc.integer(), packed.writePackedSfixed32, packed.readPackedSfixed32);
    check(unsigned64, packed.writePackedFixed64, packed.readPackedFixed64);
    check(signed64, packed.writePackedSfixed64, packed.readPackedSfixed64);
    check(fc.float(), packed.writePackedFloat, packed.readPackedFloat);
    check(fc.double(), packed.writePackedDouble, packed.readPackedDouble);
  });

  it("whose last value passes their end are refused", () => {
    const fixed = new Reader(Uint8Array.of(3, 0, 0, 0, 0));
    expect(() => packed.readPackedFixed32(fixed, [])).toThrow("passes the end");
    const varint = new Reader(Uint8Array.of(1, 0x80, 1));
    expect(() => packed.readPackedUint32(varint, [])).toThrow("passes the end");
  });

  it("refuse values out of range", () => {
    expect(() => packed.writePackedUint32(new Writer(), 10, [-1])).toThrow("field 1");
    expect(() => packed.writePackedSfixed64(new Writer(), 10, [2n ** 63n])).toThrow("field 1");
  });
});
