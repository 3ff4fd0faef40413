import { compile, type Model } from "@nexus-bridge/schema";
import { describe, expect, it } from "vitest";
import { fillFields, findTopic, orderingKeyOf } from "./topic.ts";

const text = `syntax = "proto3";
package t.v1;
import "nexus/options.proto";
enum Level { LEVEL_UNSPECIFIED = 0; LEVEL_HIGH = 1; }
message Named { option (nexus.topic).name = "t.{name}.named"; string name = 1; string other_field = 2; }
message Exact { option (nexus.topic).name = "t.exact.named"; }
message Typed {
  option (nexus.topic).name = "typed.{level}.{is_on}.{count}";
  Level level = 1;
  bool is_on = 2;
  sint64 count = 3;
}
message Keyed {
  option (nexus.topic) = { name: "keyed.{name}" ordering_key: "level" };
  string name = 1;
  Level level = 2;
}
message Numbered {
  option (nexus.topic) = { name: "numbered" ordering_key: "customer_id" };
  uint64 customer_id = 1;
}
`;

function modelOf(): Model {
  const { model, diagnostics } = compile([{ path: "t.proto", text }], { inputs: ["t.proto"] });
  if (model === undefined) throw new Error(JSON.stringify(diagnostics));
  return model;
}

const model = modelOf();

function filled(name: string, json: unknown): unknown {
  const topic = findTopic(model, name);
  if (topic === undefined) throw new Error(`${name} fits no topic`);
  return fillFields(topic, name, json);
}

describe("findTopic", () => {
  it.each([
    ["t.a.named", "Named"],
    ["t.exact.named", "Exact"],
    ["t.a%20b.named", "Named"],
    ["typed.LEVEL_HIGH.true.-9223372036854775808", "Typed"],
    ["typed.7.false.0", "Typed"],
    ["typed.LOW.true.1", undefined],
    ["typed.LEVEL_HIGH.yes.1", undefined],
    ["typed.LEVEL_HIGH.true.1.5", undefined],
    ["t.%ff.named", undefined],
    ["t.named", undefined],
    ["unknown", undefined],
  ])("finds for %s the topic of %s", (name, message) => {
    expect(findTopic(model, name)?.message.name).toBe(message);
  });

  it("finds nothing without a schema", () => {
    expect(findTopic(undefined, "t.exact.named")).toBeUndefined();
  });
});

describe("fillFields", () => {
  it("takes from the name what the message leaves out, unescaped and typed", () => {
    expect(filled("t.a%20b.named", { otherField: "x" })).toEqual({ otherField: "x", name: "a b" });
    expect(filled("typed.LEVEL_HIGH.true.-5", {})).toEqual({
      level: "LEVEL_HIGH",
      isOn: true,
      count: "-5",
    });
    expect(filled("typed.7.false.0", {})).toMatchObject({ level: 7, isOn: false });
  });

  it("takes fields that say the same in another form, by either name", () => {
    const given = { level: 1, is_on: true, count: -5 };
    expect(filled("typed.LEVEL_HIGH.true.-5", given)).toMatchObject({ is_on: true, count: "-5" });
  });

  it.each([
    ["t.a.named", { name: "b" }],
    ["typed.LEVEL_HIGH.true.1", { level: 0 }],
    ["typed.LEVEL_HIGH.true.1", { isOn: false }],
    ["t.a.named", null],
    ["t.a.named", "text"],
  ])("refuses for %s the message %j", (name, json) => {
    expect(() => filled(name, json)).toThrow(/leave the field out|must be a JSON object/);
  });
});

describe("orderingKeyOf", () => {
  it.each([
    ["t.a.named", {}, {}],
    ["keyed.a", { level: "LEVEL_HIGH" }, { key: "1" }],
    ["keyed.a", { level: 1 }, { key: "1" }],
    ["keyed.a", {}, { key: "" }],
    ["numbered", { customerId: "18446744073709551615" }, { key: "18446744073709551615" }],
    ["numbered", { customer_id: 7 }, { key: "7" }],
  ])("of %s %j is %j, as the SDKs have it", (name, json, key) => {
    const topic = findTopic(model, name);
    if (topic === undefined) throw new Error(`${name} fits no topic`);
    expect(orderingKeyOf(topic, json)).toEqual(key);
  });
});
