import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

describe("the writer", () => {
  it("writes every string so that it comes back, with the bytes of TextEncoder", () => {
    const text = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 80 }),
      fc.string({ maxLength: 400 }),
    );
    fc.assert(
      fc.property(text, (value) => {
        const writer = new Writer(4);
        writer.string(10, value);
        const bytes = writer.finish();
        const reader = new Reader(bytes);
        expect(reader.tag()).toBe(10);
        const length = reader.length();
        expect(bytes.subarray(reader.position)).toEqual(new TextEncoder().encode(value));
        expect(reader.position + length).toBe(bytes.length);
        reader.position = 1;
        expect(reader.string()).toBe(value);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([41, 42, 43, 127, 128, 5461, 5462, 16_383, 16_384, 100_000])(
    "writes the length of %i characters of three bytes",
    (count) => {
      const writer = new Writer();
      writer.string(10, "€".repeat(count));
      const reader = new Reader(writer.finish());
      reader.tag();
      expect(reader.string()).toBe("€".repeat(count));
    },
  );

  it("moves the content of a message whose length needs more than a byte", () => {
    for (const size of [0, 127, 128, 16_383, 16_384, 300_000]) {
      const writer = new Writer(1);
      const start = writer.open(10);
      writer.raw(new Uint8Array(size).fill(7));
      writer.close(start);
      writer.bool(16, true);
      const reader = new Reader(writer.finish());
      reader.tag();
      expect(reader.byteString()).toEqual(new Uint8Array(size).fill(7));
      expect([reader.tag(), reader.bool()]).toEqual([16, true]);
    }
  });

  it("refuses what a field cannot hold, and names the field", () => {
    const writer = new Writer();
    const refused: readonly (() => void)[] = [
      () => writer.int32(24, 2 ** 31),
      () => writer.int32(24, 1.5),
      () => writer.uint32(24, -1),
      () => writer.uint32(24, Number.NaN),
      () => writer.sint32(24, 2 ** 40),
      () => writer.fixed32(29, -1),
      () => writer.uint64(24, -1n),
      () => writer.int64(24, 2n ** 63n),
      () => writer.sfixed64(25, 5 as unknown as bigint),
      () => writer.string(26, "\ud800"),
      () => writer.string(26, `${"a".repeat(100)}\udc00`),
      () => writer.string(26, null as unknown as string),
      () => writer.bool(24, 1 as unknown as boolean),
      () => writer.double(25, "1" as unknown as number),
      () => writer.byteString(26, [1] as unknown as Uint8Array),
    ];
    for (const write of refused) expect(write).toThrow(/^field 3: /);
  });

  it("refuses a cycle of objects instead of running out of stack", () => {
    const writer = new Writer();
    const nest = (): void => {
      const start = writer.open(10);
      nest();
      writer.close(start);
    };
    expect(nest).toThrow("deeper than 64");
    writer.rewind();
    writer.bool(8, true);
    expect(writer.finish()).toEqual(Uint8Array.of(8, 1));
  });
});
