import {
  createRegistry,
  getExtension,
  hasExtension,
  setExtension,
  Writer,
} from "@nexus-bridge/codec";
import { describe, expect, it } from "vitest";
import { Modern, ModernJson } from "../golden/editions/fixtures/editions/v1/editions.ts";
import { Counters, CountersJson } from "../golden/jstype/fixtures/jstype/v1/jstype.ts";
import { Maps } from "../golden/maps/fixtures/maps/v1/maps.ts";
import { Choice, ChoiceJson } from "../golden/oneof/fixtures/oneof/v1/oneof.ts";
import { Order, OrderCreatedTopic, OrderJson } from "../golden/orders/orders/v1/index.ts";
import {
  Basics,
  BasicsJson,
  extra,
} from "../golden/proto2_basics/fixtures/proto2_basics/v1/proto2_basics.ts";
import { Ruled } from "../golden/rules/fixtures/rules/v1/rules.ts";
import { typescript } from "../src/language.ts";
import { modelOfTexts, targetOf } from "../src/testing/schemas.ts";

const bytesOf = (write: (writer: Writer) => void): Uint8Array => {
  const writer = new Writer();
  write(writer);
  return writer.finish();
};

describe("an extension", () => {
  const basics = { name: "a" };

  it("is set, read and replaced among the unknown fields", () => {
    const message = Basics.decode(Basics.encode(basics));
    expect(hasExtension(message, extra)).toBe(false);
    expect(getExtension(message, extra)).toBeUndefined();
    setExtension(message, extra, "one");
    setExtension(message, extra, "two");
    const back = Basics.decode(Basics.encode(message));
    expect(getExtension(back, extra)).toBe("two");
    expect(hasExtension(back, extra)).toBe(true);
    expect(back.$unknown).toEqual(bytesOf((writer) => writer.string(802, "two")));
  });

  it("leaves other unknown fields as they are", () => {
    const message = Basics.create(basics);
    message.$unknown = bytesOf((writer) => writer.string(1602, "other"));
    setExtension(message, extra, "one");
    const back = Basics.decode(Basics.encode(message));
    expect(back.$unknown).toEqual(
      bytesOf((writer) => {
        writer.string(802, "one");
        writer.string(1602, "other");
      }),
    );
  });

  it("stands in JSON under its full name in brackets, for who has it in a registry", () => {
    const name = "[fixtures.proto2_basics.v1.extra]";
    const registry = createRegistry(extra);
    const message = Basics.create(basics);
    setExtension(message, extra, "one");
    const json = BasicsJson.toJson(message, { registry });
    expect(json).toMatchObject({ [name]: "one" });
    expect(BasicsJson.fromJson(json, { registry })).toEqual(message);
    expect(BasicsJson.toJson(message)).not.toHaveProperty(name);
    expect(() => BasicsJson.fromJson(json)).toThrow("is not in the registry");
    expect(BasicsJson.fromJson(json, { ignoreUnknown: true }).$unknown).toBeUndefined();
  });
});

describe("a generated codec", () => {
  it("completes what is left out and copies lists and maps", () => {
    const lines = [{ sku: "a" }];
    const order = Order.create({ lines, labels: { channel: "web" } });
    lines.push({ sku: "b" });
    expect(order.lines).toHaveLength(1);
    expect(order.labels).toEqual(new Map([["channel", "web"]]));
    expect(order).toMatchObject({ id: "", revision: 0n, status: 0 });
    expect(Object.keys(order)).not.toContain("$unknown");
  });

  it("takes maps as objects and as entries", () => {
    const message = Maps.create({
      byString: { a: "b" },
      byInt32: { 7: "x" },
      byInt64: [[5n, "y"]],
    });
    const back = Maps.decode(
      Maps.encode({ byString: { a: "b" }, byInt32: { 7: "x" }, byInt64: [[5n, "y"]] }),
    );
    expect(back).toEqual(message);
  });

  it("keeps unknown fields through decode, create and encode", () => {
    const bytes = bytesOf((writer) => {
      writer.string(10, "o-1");
      writer.string(8002, "later");
    });
    const order = Order.decode(bytes);
    expect(order.$unknown).toEqual(bytes.subarray(5));
    expect(Order.encode(Order.create(order))).toEqual(bytes);
  });

  it("merges a message that comes twice, and lets the last scalar win", () => {
    const bytes = bytesOf((writer) => {
      for (const customer of [{ id: 1n, name: "first" }, { name: "second" }]) {
        writer.byteString(34, Order.encode({ customer }).subarray(2));
      }
    });
    expect(Order.decode(bytes).customer).toMatchObject({ id: 1n, name: "second" });
    const choices = new Uint8Array([
      ...Choice.encode({ value: { case: "choice", value: { before: "a" } } }),
      ...Choice.encode({ value: { case: "choice", value: { between: "b" } } }),
    ]);
    expect(Choice.decode(choices).value).toMatchObject({
      case: "choice",
      value: { before: "a", between: "b" },
    });
  });

  it("reads lists packed or not, whatever the schema says", () => {
    const unpacked = bytesOf((writer) => {
      for (const value of [1, 2]) writer.int32(88, value);
      writer.byteString(90, Uint8Array.of(3, 4));
      writer.byteString(98, Uint8Array.of(5));
      writer.int32(96, 6);
    });
    expect(Basics.decode(unpacked)).toMatchObject({ unpacked: [1, 2, 3, 4], packed: [5, 6] });
  });

  it("keeps numbers that a closed enum does not know among the unknown fields", () => {
    const bytes = bytesOf((writer) => {
      writer.int32(64, 9);
      writer.byteString(106, Uint8Array.of(1, 9, 2));
    });
    const message = Basics.decode(bytes);
    expect(message.kind).toBeUndefined();
    expect(message.kinds).toEqual([1, 2]);
    expect(Basics.decode(Basics.encode(message)).$unknown).toEqual(message.$unknown);
    expect(message.$unknown).toEqual(Uint8Array.of(64, 9, 104, 9));
  });

  it("writes and reads groups", () => {
    const init = { name: "n", detail: { note: "x" }, entry: [{ id: 1 }, { id: 2 }] };
    expect(Basics.decode(Basics.encode(init))).toEqual(Basics.create(init));
    const modern = { delimited: { implicitValue: 3, delimited: {} } };
    expect(Modern.decode(Modern.encode(modern))).toEqual(Modern.create(modern));
    expect(ModernJson.parse(ModernJson.stringify(modern))).toEqual(Modern.create(modern));
    expect(() => Modern.decode(Uint8Array.of(...Modern.encode(modern).subarray(0, -1)))).toThrow();
  });

  it("honours jstype and says what a number cannot hold", () => {
    const init = { text: "-5", number: 7, numbers: [1, 2], exact: 3n };
    expect(Counters.decode(Counters.encode(init))).toEqual(Counters.create(init));
    expect(CountersJson.parse(CountersJson.stringify(init))).toEqual(Counters.create(init));
    expect(() => Counters.decode(bytesOf((writer) => writer.uint64(24, 2n ** 60n)))).toThrow(
      "JS_NUMBER",
    );
  });

  it("ends at 64 messages in each other", () => {
    let bytes = new Uint8Array(0);
    for (let depth = 0; depth < 70; depth += 1) {
      const inner = bytes;
      bytes = new Uint8Array(bytesOf((writer) => writer.byteString(66, inner)));
    }
    expect(() => Choice.decode(bytes)).toThrow("deeper than 64");
  });
});

describe("generated JSON", () => {
  it("names the place of what is wrong", () => {
    const parse = (text: string) => () => OrderJson.parse(text);
    expect(parse('{"lines":[{},{"quantity":-1}]}')).toThrow("$.lines[1].quantity: expected");
    expect(parse('{"allocations":{"x":{}}}')).toThrow('$.allocations["x"]: expected');
    expect(parse('{"nothing":1}')).toThrow('$: there is no field "nothing"');
    expect(parse('{"servedBy":"a","served_by":"b"}')).toThrow("given twice");
    expect(parse('{"card":{},"voucher":"v"}')).toThrow("another field of the oneof payment");
    expect(parse('{"status":"NO_SUCH"}')).toThrow(
      "$.status: expected a value of orders.v1.OrderStatus",
    );
    expect(
      OrderJson.parse('{"nothing":1,"status":"NO_SUCH"}', { ignoreUnknown: true }).status,
    ).toBe(0);
  });

  it("takes null for what is left out, also in a oneof", () => {
    expect(ChoiceJson.parse('{"text":null,"before":null,"number":"5"}').value).toEqual({
      case: "number",
      value: 5n,
    });
  });
});

describe("generated validation", () => {
  const ok = { name: "name", child: { id: "c" }, tags: ["t"], ratio: 1 };

  it("passes what the rules allow", () => {
    expect(Ruled.validate?.(ok)).toEqual([]);
  });

  it("names the field, the rule and what is wrong, also inside", () => {
    const found = Ruled.validate?.({
      ...ok,
      name: "\u{1f600}",
      count: 11,
      big: 2n ** 64n - 1n,
      tags: ["a", "b", "c", "d"],
      counts: { a: 1, b: 2, c: 3 },
      blob: new Uint8Array(5),
      nickname: "",
      child: undefined,
      children: [{ id: "x" }, {}],
      choice: { case: "number", value: 0n },
    });
    expect(found?.map(({ field, rule }) => `${field} ${rule}`)).toEqual([
      "name min_length",
      "count max",
      "big max",
      "tags max_length",
      "counts max_length",
      "blob max_length",
      "nickname min_length",
      "child required",
      "children[1].id required",
      "choice min".replace("choice", "number"),
    ]);
  });
});

describe("a generated topic", () => {
  it("spells its pattern", () => {
    expect(OrderCreatedTopic.matching({ region: "eu" }).pattern).toBe("orders.eu.created");
    expect(OrderCreatedTopic.pattern).toBe("orders.*.created");
  });
});

describe("the target's options", () => {
  const texts = {
    "a/common.proto": 'syntax = "proto3"; package a.common; message Shared { string id = 1; }',
    "a/uses.proto":
      'syntax = "proto3"; package a.uses; import "a/common.proto"; message Shared { a.common.Shared shared = 1; }',
  };
  const texted = (
    imports: Readonly<Record<string, { readonly package: string }>>,
    options = {},
  ) => {
    const target = { ...targetOf(options), imports };
    const { views } = typescript.view(modelOfTexts(texts), target);
    return new Map(typescript.render(views, target).map(({ path, text }) => [path, text]));
  };

  it("write imports between packages, renamed where names meet", () => {
    expect(texted({}, { importExtension: "ts" }).get("a/uses/uses.ts")).toContain(
      'import {\n  Shared as Shared_,\n  type SharedInit as SharedInit_,\n  SharedJson as SharedJson_,\n} from "../common/common.ts";',
    );
  });

  it("leave out what is published already and import it from there", () => {
    const files = texted({ "a.common": { package: "@acme/common" } });
    expect([...files.keys()]).toEqual(["a/uses/uses.ts", "a/uses/index.ts"]);
    expect(files.get("a/uses/uses.ts")).toContain('from "@acme/common/a/common/index.js"');
  });

  it("refuse services on the codec alone, at their place", () => {
    const model = modelOfTexts({
      "s.proto":
        'syntax = "proto3"; package s; message M {}\nservice S { rpc Get(M) returns (M); }',
    });
    const { diagnostics } = typescript.view(
      model,
      targetOf({ runtime: "@nexus-bridge/codec/gen1" }),
    );
    expect(diagnostics).toMatchObject([
      { severity: "error", file: "s.proto", position: { line: 2 } },
    ]);
  });
});
