import { describe, expect, it } from "vitest";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** Value and its bytes as any protobuf implementation writes them. */
const vectors: readonly (readonly [bigint, string])[] = [
  [0n, "00"],
  [1n, "01"],
  [127n, "7f"],
  [128n, "8001"],
  [300n, "ac02"],
  [16_383n, "ff7f"],
  [16_384n, "808001"],
  [2n ** 28n - 1n, "ffffff7f"],
  [2n ** 28n, "8080808001"],
  [2n ** 32n - 1n, "ffffffff0f"],
  [2n ** 32n, "8080808010"],
  [2n ** 35n - 1n, "ffffffff7f"],
  [2n ** 35n, "808080808001"],
  [2n ** 53n, "8080808080808010"],
  [2n ** 63n - 1n, "ffffffffffffffff7f"],
  [2n ** 63n, "80808080808080808001"],
  [2n ** 64n - 1n, "ffffffffffffffffff01"],
];

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

describe("varints", () => {
  it.each(vectors)("are %s in the bytes %s", (value, hex) => {
    const writer = new Writer(1);
    writer.uint64(8, value);
    expect(writer.finish()).toEqual(bytesOf(`08${hex}`));
    expect(new Reader(bytesOf(hex)).uint64()).toBe(value);
    expect(new Reader(bytesOf(hex)).int64()).toBe(BigInt.asIntN(64, value));
    expect(new Reader(bytesOf(hex)).uint32()).toBe(Number(BigInt.asUintN(32, value)));
    expect(new Reader(bytesOf(hex)).bool()).toBe(value !== 0n);
  });

  it("of negative numbers are ten bytes long, zigzag ones short", () => {
    const writer = new Writer();
    writer.int32(8, -1);
    writer.sint32(16, -1);
    writer.sint64(24, -(2n ** 63n));
    expect(writer.finish()).toEqual(bytesOf("08ffffffffffffffffff01100118ffffffffffffffffff01"));
  });

  it("may be longer than they need to be, up to ten bytes", () => {
    expect(new Reader(bytesOf("80808000")).uint32()).toBe(0);
    expect(new Reader(bytesOf("81808080808080808000")).uint64()).toBe(1n);
    expect(() => new Reader(bytesOf("8180808080808080808000")).uint64()).toThrow("ten bytes");
  });

  it("that end early are refused", () => {
    expect(() => new Reader(bytesOf("80")).uint32()).toThrow("end inside a field");
    expect(() => new Reader(bytesOf("")).bool()).toThrow("end inside a field");
    expect(() => new Reader(bytesOf("")).tag()).toThrow("end inside a field");
  });
});
