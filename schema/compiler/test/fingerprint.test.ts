import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fingerprints } from "../scripts/fingerprints.ts";
import { compile } from "../src/compile.ts";
import { canonicalText } from "../src/fingerprint.ts";
import type { Message } from "../src/model.ts";
import { fixturesFolder } from "./fixtures.ts";

function message(body: string, name = "t.v1.A"): Message {
  const text = `syntax = "proto3"; package t.v1; import "nexus/options.proto"; ${body}`;
  const { model, diagnostics } = compile([{ path: "t.proto", text }], { inputs: ["t.proto"] });
  const found = model?.messages.get(name);
  if (found === undefined) throw new Error(JSON.stringify(diagnostics));
  return found;
}

const base = "message A { string a = 1; B b = 2; } message B { E e = 1; } enum E { ZERO = 0; }";

it("has a canonical text that is documented", () => {
  const body = `message A {
    option (nexus.topic) = { name: "t.{id}" retained: true };
    map<string, B> items = 3;
    string id = 1 [(nexus.field).rules = {max_length: 8}, json_name = "ident"];
    optional uint64 big = 2 [(nexus.field).rules.min = "7"];
    oneof choice { B one = 4; bytes two = 5; }
  } message B {}`;
  expect(canonicalText(message(body))).toBe(
    [
      "message t.v1.A",
      "field 1 id 5:ident implicit string max_length=8",
      "field 2 big 3:big explicit uint64 min=1:7",
      "field 3 items 5:items map:string message:t.v1.B",
      "field 4 one 3:one explicit message:t.v1.B oneof=choice",
      "field 5 two 3:two explicit bytes oneof=choice",
      "topic 6:t.{id} 0 retained",
      "",
    ].join("\n"),
  );
});

it("is the same for what differs in comments, order and place only", () => {
  const moved =
    "enum E { ZERO = 0; } message B { E e = 1; } /* c */ message A { B b = 2; string a = 1; }";
  expect(message(moved).fingerprint).toBe(message(base).fingerprint);
});

it.each([
  ["a name", base.replace("string a", "string z")],
  ["a number", base.replace("a = 1", "a = 9")],
  ["a type", base.replace("string a", "bytes a")],
  ["a label", base.replace("string a", "repeated string a")],
  ["presence", base.replace("string a", "optional string a")],
  ["a type it refers to", base.replace("E e = 1", "E e = 2")],
  ["an enum far below", base.replace("ZERO = 0;", "ZERO = 0; ONE = 1;")],
  ["a Nexus option", base.replace("a = 1", "a = 1 [(nexus.field).pii = true]")],
])("changes with %s", (_, changed) => {
  expect(changed).not.toBe(base);
  expect(message(changed).fingerprint).not.toBe(message(base).fingerprint);
});

it("has not changed since adapters were generated with it", () => {
  expect(message(base).fingerprint.toString(16)).toBe("f07464f5dae11c9c");
});

it("agrees with the vectors that other languages recompute", () => {
  expect(readFileSync(join(fixturesFolder, "fingerprints.json"), "utf8")).toBe(fingerprints());
});
