import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { embed } from "../scripts/embed.ts";
import { compile } from "../src/compile.ts";
import type { Model } from "../src/model.ts";
import { validFixtures } from "./fixtures.ts";

function modelOf(text: string): Model {
  const { model, diagnostics } = compile([{ path: "a.proto", text }], { inputs: ["a.proto"] });
  expect(diagnostics).toEqual([]);
  if (model === undefined) throw new Error("there is no model");
  return model;
}

it.each(validFixtures().map((fixture) => [fixture.name, fixture] as const))(
  "compiles %s without a problem, twice alike, frozen",
  (_, { files }) => {
    const inputs = files.map(({ path }) => path);
    const first = compile(files, { inputs });
    const second = compile([...files].reverse(), { inputs: [...inputs].reverse() });
    expect(first.diagnostics).toEqual([]);
    const prints = [first, second].map(({ model }) =>
      [...(model?.messages ?? [])].map(([name, { fingerprint }]) => `${name} ${fingerprint}`),
    );
    expect(prints[0]).toEqual(prints[1]);
    for (const message of first.model?.messages.values() ?? []) {
      expect(Object.isFrozen(message)).toBe(true);
      expect(Object.isFrozen(message.fields)).toBe(true);
    }
  },
);

it("carries the builtin files as they are on disk", () => {
  const path = join(import.meta.dirname, "../src/gen/builtin.ts");
  expect(readFileSync(path, "utf8")).toBe(embed());
});

it("decodes Nexus's options into words", () => {
  const model = modelOf(`syntax = "proto3";
    package shop.v1;
    import "nexus/options.proto";
    message Sold {
      option (nexus.topic) = { name: "shop.{region}.sold" qos: QOS_EFFECTIVELY_ONCE ordering_key: "id" ttl_ms: 5 };
      string region = 1;
      uint64 id = 2 [(nexus.field).rules = {min: "1", max: "18446744073709551615"}, (nexus.field).pii = true];
    }
    message Gone { option (nexus.error) = { code: UNAVAILABLE retryable: true }; }
    service Shop {
      option (nexus.service).balancing = BALANCING_HASH;
      rpc Sell(stream Sold) returns (Sold) {
        option idempotency_level = IDEMPOTENT;
        option (nexus.method) = { errors: ["Gone"] retry { attempts: 3 } };
      }
    }`);
  const sold = model.messages.get("shop.v1.Sold");
  const [region, id] = sold?.fields ?? [];
  expect(sold?.topic).toMatchObject({
    template: "shop.{region}.sold",
    qos: 2,
    retained: false,
    ttlMs: 5,
  });
  expect(sold?.topic?.orderingKey).toBe(id);
  expect(sold?.topic?.tokens).toEqual([
    { kind: "literal", text: "shop" },
    { kind: "field", field: region },
    { kind: "literal", text: "sold" },
  ]);
  expect(id).toMatchObject({ pii: true, rules: { required: false, min: 1n, max: 2n ** 64n - 1n } });
  const gone = model.messages.get("shop.v1.Gone");
  expect(gone?.error).toMatchObject({ code: 14, codeName: "UNAVAILABLE", retryable: true });
  const service = model.services.get("shop.v1.Shop");
  expect(service?.balancing).toBe("hash");
  expect(service?.methods[0]).toMatchObject({
    shape: "client_stream",
    idempotent: true,
    retry: { attempts: 3 },
    errors: [gone],
  });
});

it("resolves features over proto2, proto3 and editions", () => {
  const model = modelOf(`edition = "2023";
    message A {
      int32 explicit = 1;
      int32 implicit = 2 [features.field_presence = IMPLICIT];
      int32 needed = 3 [features.field_presence = LEGACY_REQUIRED];
      repeated int32 packed = 4;
      repeated int32 expanded = 5 [features.repeated_field_encoding = EXPANDED];
      A inner = 6 [features.message_encoding = DELIMITED];
      string loose = 7 [features.utf8_validation = NONE];
    }`);
  const fields = model.messages.get("A")?.fields ?? [];
  expect(fields.map(({ cardinality }) => cardinality)).toEqual([
    { kind: "singular", presence: "explicit" },
    { kind: "singular", presence: "implicit" },
    { kind: "singular", presence: "required" },
    { kind: "repeated", packed: true },
    { kind: "repeated", packed: false },
    { kind: "singular", presence: "explicit" },
    { kind: "singular", presence: "explicit" },
  ]);
  expect(fields.filter(({ delimited }) => delimited).map(({ name }) => name)).toEqual(["inner"]);
  expect(fields.filter(({ utf8Checked }) => !utf8Checked).map(({ name }) => name)).toEqual([
    "loose",
  ]);
});

it("warns of an import that nothing needs, and of no other", () => {
  const text = `syntax = "proto3";
    import "google/protobuf/any.proto";
    import "google/protobuf/empty.proto";
    message A { google.protobuf.Any a = 1; }`;
  const { model, diagnostics } = compile([{ path: "a.proto", text }], { inputs: ["a.proto"] });
  expect(model).toBeDefined();
  expect(diagnostics).toMatchObject([
    { severity: "warning", rule: "unused-import", position: { line: 3 } },
  ]);
});
