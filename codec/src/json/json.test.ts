import { describe, expect, it } from "vitest";
import {
  Any,
  AnyJson,
  Duration,
  DurationJson,
  FieldMaskJson,
  StringValue,
  StringValueJson,
  StructJson,
  Timestamp,
  TimestampJson,
  ValueJson,
} from "../well-known/index.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { createRegistry } from "./registry.ts";
import * as scalars from "./scalars.ts";
import { parseJsonText } from "./text.ts";

describe("scalars in JSON", () => {
  it("take integers as numbers, strings and exponents, and nothing else", () => {
    const read = (text: string) => scalars.int32FromJson(parseJsonText(text), undefined, "$.a");
    expect(["1", '"1"', "1e2", '"-1e2"', "2.0", '"-0"'].map(read)).toEqual([1, 1, 100, -100, 2, 0]);
    for (const text of ["1.5", '""', '" 1"', '"01"', '"0x1"', "true", "null", "2147483648", "[]"]) {
      expect(() => read(text)).toThrow(/^\$\.a: expected an integer/);
    }
  });

  it("keep 64-bit integers exact, quoted or not", () => {
    const read = (text: string) => scalars.uint64FromJson(parseJsonText(text), undefined, "$");
    expect(read("18446744073709551615")).toBe(2n ** 64n - 1n);
    expect(read('"18446744073709551615"')).toBe(2n ** 64n - 1n);
    expect(read('"1e3"')).toBe(1000n);
    for (const text of ["18446744073709551616", "-1", '"1.5"', '"a"', "{}"]) {
      expect(() => read(text)).toThrow(/^\$: expected/);
    }
  });

  it("have names for what is no number, and the shortest float", () => {
    expect(scalars.doubleToJson(Number.NaN)).toBe("NaN");
    expect(scalars.doubleFromJson("-Infinity", undefined, "$")).toBe(Number.NEGATIVE_INFINITY);
    expect(scalars.floatToJson(Math.fround(0.1))).toBe(0.1);
    expect(() => scalars.floatFromJson(1e39, undefined, "$")).toThrow("float's range");
    expect(() => scalars.doubleFromJson("1e999", undefined, "$")).toThrow("double's range");
    expect(() => scalars.doubleFromJson("+1", undefined, "$")).toThrow("a number");
  });

  it("take base64 in both alphabets, padded or not", () => {
    const bytes = Uint8Array.of(0xfb, 0xff, 0xfe, 0x01);
    expect(toBase64(bytes)).toBe("+//+AQ==");
    for (const text of ["+//+AQ==", "-__-AQ==", "-__-AQ"]) expect(fromBase64(text)).toEqual(bytes);
    for (const text of ["A", "AB=", "A B=", "AAAA=", "Ä==="])
      expect(fromBase64(text)).toBeUndefined();
  });

  it("refuse a document that nests without end", () => {
    expect(() => parseJsonText("[".repeat(10_000))).toThrow("deeper than 192");
    expect(() => parseJsonText("{")).toThrow("is not JSON");
  });
});

describe("JSON text", () => {
  it("refuses a name that an object has twice, at any depth", () => {
    for (const text of [
      '{"a":1,"a":1}',
      '[{"b":{"c":[],"d":":","c":{}}}]',
      '{"a":1,"\\u0061":2}',
    ]) {
      expect(() => parseJsonText(text), text).toThrow("a name twice");
    }
    for (const text of ['{"a":{"a":":{}"},"b":[{"a":1},{"a":2}]}', '":"', '{"__proto__":1}']) {
      expect(() => parseJsonText(text), text).not.toThrow();
    }
  });
});

describe("well-known types in JSON", () => {
  it("have no form for a Value that is no JSON number", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => ValueJson.toJson([{ a: value }])).toThrow(`$.0.a: ${value} is no JSON number`);
      expect(() => StructJson.stringify({ a: value })).toThrow("$.a");
    }
  });

  it.each([
    ["1970-01-01T00:00:00Z", 0n, 0],
    ["0001-01-01T00:00:00Z", -62_135_596_800n, 0],
    ["9999-12-31T23:59:59.999999999Z", 253_402_300_799n, 999_999_999],
    ["1969-12-31T23:59:59.500Z", -1n, 500_000_000],
    ["2024-02-29T12:00:00.000001Z", 1_709_208_000n, 1000],
  ])("write and read the moment %s", (text, seconds, nanos) => {
    expect(TimestampJson.toJson({ seconds, nanos })).toBe(text);
    expect(TimestampJson.fromJson(text)).toEqual({ seconds, nanos });
  });

  it("read offsets and refuse what is no moment", () => {
    expect(TimestampJson.fromJson("1970-01-01T01:00:00+01:00").seconds).toBe(0n);
    expect(TimestampJson.fromJson("1969-12-31T23:00:00-01:00").seconds).toBe(0n);
    for (const text of [
      "2023-02-29T00:00:00Z",
      "1970-01-01T24:00:00Z",
      "1970-01-01T00:00:00",
      "1970-01-01t00:00:00z",
      "0000-01-01T00:00:00Z",
      "1970-01-01T00:00:00.1234567890Z",
      "0001-01-01T00:00:00+00:01",
    ]) {
      expect(() => TimestampJson.fromJson(text)).toThrow(/^\$: expected/);
    }
  });

  it("write and read spans of both signs", () => {
    const pairs = [
      ["1.500s", { seconds: 1n, nanos: 500_000_000 }],
      ["-0.000000001s", { seconds: 0n, nanos: -1 }],
      ["-315576000000.999999999s", { seconds: -315_576_000_000n, nanos: -999_999_999 }],
    ] as const;
    for (const [text, value] of pairs) {
      expect(DurationJson.toJson(value)).toBe(text);
      expect(DurationJson.fromJson(text)).toEqual(value);
    }
    expect(() => DurationJson.toJson({ seconds: 1n, nanos: -1 })).toThrow("seconds' sign");
    expect(() => DurationJson.fromJson("315576000001s")).toThrow("10,000 years");
  });

  it("convert to the language's own types", () => {
    expect(Timestamp.fromDate(new Date(-1))).toEqual({ seconds: -1n, nanos: 999_000_000 });
    expect(Timestamp.toDate({ seconds: -1n, nanos: 999_999_999 }).getTime()).toBe(-1);
    expect(() => Timestamp.fromDate(new Date(Number.NaN))).toThrow("invalid");
    expect(() => Timestamp.toDate({ seconds: 2n ** 60n })).toThrow("outside");
    expect(Duration.fromMilliseconds(-1500.5)).toEqual({ seconds: -1n, nanos: -500_500_000 });
    expect(Duration.toMilliseconds({ seconds: -1n, nanos: -500_000_000 })).toBe(-1500);
  });

  it("refuse a field mask that would not come back", () => {
    expect(FieldMaskJson.toJson({ paths: ["a_b.c", "d"] })).toBe("aB.c,d");
    expect(FieldMaskJson.fromJson("aB.c,d")).toEqual({ paths: ["a_b.c", "d"] });
    expect(() => FieldMaskJson.toJson({ paths: ["foo_3_bar"] })).toThrow("no form in JSON");
    expect(() => FieldMaskJson.toJson({ paths: ["foo__bar"] })).toThrow("no form in JSON");
    expect(() => FieldMaskJson.toJson({ paths: ["fooBar"] })).toThrow("no form in JSON");
    expect(() => FieldMaskJson.fromJson("foo_bar")).toThrow("lower camel case");
  });

  it("keep a key that would set a prototype", () => {
    const struct = StructJson.parse('{"__proto__": {"polluted": 1}}');
    const back = StructJson.type.decode(StructJson.type.encode(struct));
    expect(Object.keys(back)).toEqual(["__proto__"]);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(JSON.stringify(back)).toBe('{"__proto__":{"polluted":1}}');
  });

  it("open an Any only with a registry", () => {
    const registry = createRegistry(StringValueJson, TimestampJson);
    const any = Any.pack(StringValue, "text");
    expect(AnyJson.toJson(any, { registry })).toEqual({
      "@type": "type.googleapis.com/google.protobuf.StringValue",
      value: "text",
    });
    expect(AnyJson.fromJson(AnyJson.toJson(any, { registry }), { registry })).toEqual(any);
    expect(Any.unpack(any, StringValue)).toBe("text");
    expect(Any.unpack(any, Timestamp)).toBeUndefined();
    expect(() => AnyJson.toJson(any)).toThrow("not in the registry");
  });
});
