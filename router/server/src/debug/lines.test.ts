import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Lines } from "./lines.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("lines", () => {
  test("are the same in whatever pieces they come", () => {
    const texts = fc.array(fc.string({ maxLength: 600 }).map((text) => text.replaceAll("\n", "")));
    const cuts = fc.array(fc.nat(700), { minLength: 1 });
    fc.assert(
      fc.property(texts, cuts, (expected, sizes) => {
        const lines = new Lines(10_000);
        const got: string[] = [];
        const whole = bytes(expected.map((text) => `${text}\n`).join(""));
        for (let at = 0, step = 0; at < whole.length; step++) {
          const size = 1 + (sizes[step % sizes.length] ?? 0);
          const chunk = whole.slice(at, at + size);
          expect(lines.push(chunk, (line) => got.push(new TextDecoder().decode(line)))).toBe(true);
          // The bytes are somebody else's after the call.
          chunk.fill(0);
          at += size;
        }
        const asRead = new TextDecoder().decode(whole).split("\n").slice(0, -1);
        expect(got).toEqual(asRead);
      }),
      { numRuns: 200 },
    );
  });

  test("end at their limit, whole or not", () => {
    const take = () => undefined;
    expect(new Lines(4).push(bytes("abcd\nabcd"), take)).toBe(true);
    expect(new Lines(4).push(bytes("abcde\n"), take)).toBe(false);
    const lines = new Lines(4);
    expect(lines.push(bytes("abc"), take)).toBe(true);
    expect(lines.push(bytes("de"), take)).toBe(false);
  });
});
