import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CodecError } from "./codec-error.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

describe("the reader", () => {
  it("passes over any bytes or throws CodecError, and never beyond the end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const reader = new Reader(bytes);
        try {
          let unknown: Writer | undefined;
          while (reader.position < bytes.length) unknown = reader.keep(unknown, reader.tag());
          expect(reader.position).toBe(bytes.length);
          // Tags may have been longer than needed; what is kept says the same.
          const again = new Reader(unknown?.finish() ?? new Uint8Array(0));
          while (again.position < again.bytes.length) again.skip(again.tag());
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("keeps unknown fields byte by byte, groups too", () => {
    const writer = new Writer();
    writer.string(10, "text");
    writer.openGroup(19);
    writer.fixed64(9, 7n);
    writer.openGroup(27);
    writer.closeGroup(27);
    writer.closeGroup(19);
    const bytes = writer.finish();
    const reader = new Reader(bytes);
    let unknown: Writer | undefined;
    while (reader.position < bytes.length) unknown = reader.keep(unknown, reader.tag());
    expect(unknown?.finish()).toEqual(bytes);
  });

  it("refuses nesting beyond 64, lengths beyond the end, field 0 and lone end tags", () => {
    const groups = new Uint8Array(200).fill(0x0b);
    expect(() => new Reader(groups).skip(0x0b)).toThrow("deeper than 64");
    expect(() => new Reader(Uint8Array.of(5, 1)).byteString()).toThrow("end inside a field");
    expect(() => new Reader(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f)).string()).toThrow(
      CodecError,
    );
    expect(() => new Reader(Uint8Array.of(0, 1)).tag()).toThrow("out of range");
    expect(() => new Reader(Uint8Array.of(1)).skip(0x0c)).toThrow("wire type 4");
  });

  it("gives bytes of its own, also out of an array whose slice shares memory, as a Buffer does", () => {
    class Shared extends Uint8Array {
      override slice(start?: number, end?: number): Shared {
        return this.subarray(start, end) as Shared;
      }
    }
    const source = Shared.of(2, 1, 2);
    const bytes = new Reader(source).byteString();
    source.fill(9);
    expect(bytes).toEqual(Uint8Array.of(1, 2));
  });
});
