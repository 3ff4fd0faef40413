import { CodecError } from "@nexus-bridge/codec";
import { compile, type Message, type Model } from "@nexus-bridge/schema";
import fc from "fast-check";
import protobuf from "protobufjs";
import { describe, expect, it } from "vitest";
import { decodeToJson, encodeJson } from "./json.ts";

const schema = `syntax = "proto3";
package t.v1;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
enum Kind { KIND_UNSPECIFIED = 0; KIND_FIRST = 1; KIND_MINUS = -1; }
message All {
  double a_double = 1; float a_float = 2; int32 an_int32 = 3; int64 an_int64 = 4; uint32 a_uint32 = 5;
  uint64 a_uint64 = 6; sint32 a_sint32 = 7; sint64 a_sint64 = 8; fixed32 a_fixed32 = 9; fixed64 a_fixed64 = 10;
  sfixed32 a_sfixed32 = 11; sfixed64 a_sfixed64 = 12; bool a_bool = 13; string a_string = 14; bytes some_bytes = 15;
  Kind kind = 16; All child = 17; repeated sint64 longs = 18; repeated string texts = 19; repeated Kind kinds = 20;
  map<string, All> children = 21; map<int64, bytes> blobs = 22; map<bool, Kind> flags = 23;
  optional int32 maybe = 24; oneof choice { string text = 25; All all = 26; int32 number = 27; }
  repeated int32 loose = 28 [packed = false]; repeated double doubles = 29;
}
message Known {
  google.protobuf.Timestamp at = 1; google.protobuf.Duration span = 2; google.protobuf.Struct object = 3;
  google.protobuf.Value value = 4; google.protobuf.ListValue list = 5; google.protobuf.FieldMask mask = 6;
  google.protobuf.Any any = 7; google.protobuf.Empty empty = 8; google.protobuf.Int64Value wrapped = 9;
  google.protobuf.NullValue null_value = 10; repeated google.protobuf.Value values = 11;
  map<string, google.protobuf.Timestamp> times = 12;
}`;

const editions = `edition = "2023";
message Old {
  int32 needed = 1 [features.field_presence = LEGACY_REQUIRED];
  Closed closed = 2; repeated Closed many = 3;
  Old group = 4 [features.message_encoding = DELIMITED];
  string loose = 5 [features.utf8_validation = NONE];
}
enum Closed { option features.enum_type = CLOSED; CLOSED_ONE = 1; }`;

function modelOf(text: string): Model {
  const { model, diagnostics } = compile([{ path: "t.proto", text }], { inputs: ["t.proto"] });
  if (model === undefined) throw new Error(JSON.stringify(diagnostics));
  return model;
}

function messageOf(model: Model, name: string): Message {
  const message = model.messages.get(name);
  if (message === undefined) throw new Error(`there is no ${name}`);
  return message;
}

const model = modelOf(schema);
const all = messageOf(model, "t.v1.All");
const known = messageOf(model, "t.v1.Known");
const old = messageOf(modelOf(editions), "Old");
const long = (min: bigint, max: bigint) => fc.bigInt({ min, max }).map(String);
const int64 = long(-(2n ** 63n), 2n ** 63n - 1n);
const text = fc.string({ unit: "grapheme", maxLength: 8 });
const base64 = fc.uint8Array({ maxLength: 8 }).map((bytes) => base64Of(bytes));
const kind = fc.constantFrom<string | number>("KIND_FIRST", "KIND_MINUS", 77);
const real = fc.oneof(
  fc.double({ noDefaultInfinity: true, noNaN: true }).filter((value) => !Object.is(value, -0)),
  fc.constantFrom("NaN", "Infinity", "-Infinity", "-0"),
);

function base64Of(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.record(
      {
        aDouble: real.filter((value) => value !== 0),
        anInt32: fc.integer().filter((value) => value !== 0),
        anInt64: int64.filter((value) => value !== "0"),
        aUint64: long(1n, 2n ** 64n - 1n),
        aSint64: int64.filter((value) => value !== "0"),
        aFixed64: long(1n, 2n ** 64n - 1n),
        aSfixed32: fc.integer().filter((value) => value !== 0),
        aBool: fc.constant(true),
        aString: text.filter((value) => value !== ""),
        someBytes: base64.filter((value) => value !== ""),
        kind,
        longs: fc.array(int64, { minLength: 1, maxLength: 3 }),
        texts: fc.array(text, { minLength: 1, maxLength: 3 }),
        kinds: fc.array(kind, { minLength: 1, maxLength: 3 }),
        loose: fc.array(fc.integer(), { minLength: 1, maxLength: 3 }),
        doubles: fc.array(real, { minLength: 1, maxLength: 3 }),
        blobs: fc.dictionary(int64, base64, { minKeys: 1, maxKeys: 3 }),
        flags: fc.dictionary(fc.constantFrom("true", "false"), kind, { minKeys: 1, maxKeys: 2 }),
        maybe: fc.integer(),
      },
      { requiredKeys: [] },
    ),
    fc.record({
      child: tie("tree"),
      children: fc.dictionary(text, tie("tree"), { minKeys: 1, maxKeys: 2 }),
    }),
    fc.record({ all: tie("tree") }),
  ),
}));

describe("proto-JSON", () => {
  it("comes back as it went in", () => {
    fc.assert(
      fc.property(tree, (json) => {
        expect(decodeToJson(all, encodeJson(all, json))).toEqual(JSON.parse(JSON.stringify(json)));
      }),
      { numRuns: 300 },
    );
  });

  it("has bytes that protobufjs reads and writes alike", () => {
    const { root } = protobuf.parse(
      schema.replaceAll(/import .*/g, "").replace(/message Known[\s\S]*/, ""),
      {
        keepCase: false,
      },
    );
    const type = root.lookupType("t.v1.All");
    fc.assert(
      fc.property(tree, (json) => {
        const theirs = type.decode(encodeJson(all, json));
        const again = type.encode(theirs).finish();
        expect(decodeToJson(all, again)).toEqual(JSON.parse(JSON.stringify(json)));
      }),
      { numRuns: 150 },
    );
  });

  it("leaves out what is at its default, and keeps what has presence", () => {
    const bytes = encodeJson(all, {
      anInt32: 0,
      aString: "",
      maybe: 0,
      number: 0,
      texts: [],
      blobs: null,
      kind: 0,
    });
    expect(decodeToJson(all, bytes)).toEqual({ maybe: 0, number: 0 });
  });

  it("takes a field by its own name too, and enums by number", () => {
    expect(decodeToJson(all, encodeJson(all, { an_int32: "5", kind: -1 }))).toEqual({
      anInt32: 5,
      kind: "KIND_MINUS",
    });
  });

  it("knows the forms of the well-known types", () => {
    const json = {
      at: "2026-01-02T03:04:05.600Z",
      span: "-1.500s",
      object: { a: [1, "x", null, { b: true }], __proto__x: 1 },
      value: null,
      list: [1, [2]],
      mask: "a.bC,d",
      any: { "@type": "type.googleapis.com/t.v1.All", anInt32: 3, child: { aString: "x" } },
      empty: {},
      wrapped: "-9",
      values: [null, 1, "x"],
      times: { a: "1970-01-01T00:00:00Z" },
    };
    expect(decodeToJson(known, encodeJson(known, json))).toEqual(json);
  });

  it.each([
    [{ nope: 1 }, "$: there is no field"],
    [{ child: { anInt32: "x" } }, "$.child.anInt32"],
    [{ longs: ["1", "9223372036854775808"] }, "$.longs[1]"],
    [{ children: { k: { aBool: 1 } } }, '$.children["k"].aBool'],
    [{ kind: "KIND_NONE" }, "$.kind"],
    [{ texts: [null] }, "$.texts[0]"],
    [{ text: "a", number: 1 }, "$: another field of the oneof choice"],
    [{ anInt32: 1, an_int32: 2 }, "given twice"],
    [[], "$: expected an object"],
    [undefined, "no JSON value"],
  ])("refuses %j with its path", (json, where) => {
    expect(() => encodeJson(all, json)).toThrow(CodecError);
    expect(() => encodeJson(all, json)).toThrow(where);
  });

  it("refuses what nests without end", () => {
    const cycle: Record<string, unknown> = {};
    cycle.child = cycle;
    expect(() => encodeJson(all, cycle)).toThrow(CodecError);
  });
});

describe("bytes", () => {
  it("keep fields that the schema does not know", () => {
    const empty = messageOf(modelOf('syntax = "proto3"; message Nothing {}'), "Nothing");
    expect(decodeToJson(empty, encodeJson(all, { anInt32: 5 }))).toEqual({});
  });

  it("merge a message field that comes in two parts", () => {
    const bytes = [
      encodeJson(all, { child: { anInt32: 1 } }),
      encodeJson(all, { child: { aString: "x" } }),
    ];
    expect(decodeToJson(all, Uint8Array.from(bytes.flatMap((part) => [...part])))).toEqual({
      child: { anInt32: 1, aString: "x" },
    });
  });

  it("are refused where they are no encoding, and never anything but a CodecError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const message of [all, known, old]) {
          try {
            decodeToJson(message, bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(CodecError);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("follow features: groups, closed enums, required fields", () => {
    const json = {
      needed: 0,
      closed: "CLOSED_ONE",
      many: ["CLOSED_ONE"],
      group: { needed: 2, loose: "x" },
    };
    expect(decodeToJson(old, encodeJson(old, json))).toEqual(json);
    expect(() => encodeJson(old, { closed: 9 })).toThrow(CodecError);
    expect(() => encodeJson(old, {})).toThrow("needed");
    expect(decodeToJson(old, Uint8Array.of(8, 1, 16, 9, 26, 2, 1, 9))).toEqual({
      needed: 1,
      many: ["CLOSED_ONE"],
    });
  });
});
