import { describe, expect, it } from "vitest";
import { Reader } from "./reader.ts";

const read = (...bytes: readonly number[]): string =>
  new Reader(Uint8Array.of(bytes.length, ...bytes)).string();

describe("UTF-8", () => {
  it.each([
    ["a lone continuation byte", [0x80]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["half a surrogate pair", [0xed, 0xa0, 0x80]],
    ["a code point beyond the last", [0xf4, 0x90, 0x80, 0x80]],
    ["a sequence cut short", [0xe2, 0x82]],
    ["a bad byte behind 30 good ones", [...new Array<number>(30).fill(0x61), 0xff]],
  ])("that is %s is refused", (_, bytes) => {
    expect(() => read(...bytes)).toThrow("not UTF-8");
  });

  it("keeps a byte order mark and a zero", () => {
    expect(read(0xef, 0xbb, 0xbf)).toBe("\ufeff");
    expect(read(0)).toBe("\u0000");
  });

  it("comes back at every short length", () => {
    for (let length = 0; length < 40; length += 1) {
      const text = "abcdefghijklmnopqrstuvwxyz0123456789ABCD".slice(0, length);
      expect(read(...new TextEncoder().encode(text))).toBe(text);
    }
  });
});
