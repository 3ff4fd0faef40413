import { expect, it } from "vitest";
import { integerLiteral, stringLiteral } from "./literal.ts";
import { utf8Bytes } from "./utf8.ts";

it.each([
  [String.raw`"a\n\t\\\"\'"`, utf8Bytes("a\n\t\\\"'")],
  [String.raw`"\x41\X4a\101\0"`, Uint8Array.of(0x41, 0x4a, 0x41, 0)],
  [String.raw`"\377\xff"`, Uint8Array.of(255, 255)],
  [String.raw`"\u00e9\U0001F600"`, utf8Bytes("é😀")],
  [String.raw`"\ud83d\ude00"`, utf8Bytes("😀")],
  ["'é'", utf8Bytes("é")],
  ['""', new Uint8Array(0)],
])("reads %s", (text, bytes) => {
  expect(stringLiteral(text)).toEqual({ bytes });
});

it.each([
  String.raw`"\q"`,
  String.raw`"\400"`,
  String.raw`"\x"`,
  String.raw`"\u12"`,
  String.raw`"\ud800"`,
  String.raw`"\U00110000"`,
])("refuses the escape in %s", (text) => {
  expect(stringLiteral(text).fault?.offset).toBe(1);
});

it("reads integers exactly", () => {
  expect(integerLiteral("18446744073709551615")).toBe(2n ** 64n - 1n);
  expect(integerLiteral("0x7FFFFFFF")).toBe(2n ** 31n - 1n);
  expect(integerLiteral("0777")).toBe(511n);
});
