import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hexOf, ordered, type SchemaSet, setHash } from "./schema-set.ts";
import { schemaOf, shop, testLimits, testRegistry } from "./testing/registry.ts";

const subject = "shop";
const fingerprint = (registry: ReturnType<typeof testRegistry>, version: string, name: string) => {
  const message = registry.get(subject, version)?.model.messages.get(name);
  if (message === undefined) throw new Error(`there is no ${name}`);
  return message.fingerprint;
};

describe("push", () => {
  it("takes a first version and compatible ones after it", async () => {
    const registry = testRegistry();
    const first = await registry.push({ subject, version: "1", set: shop("string") });
    expect(first).toMatchObject({ kind: "pushed", isNew: true, comparison: undefined });
    const second = await registry.push({
      subject,
      version: "2",
      set: shop("string", "string note = 3;"),
    });
    expect(second).toMatchObject({ kind: "pushed", version: { verdict: "compatible" } });
    expect(registry.get(subject)?.version).toBe("2");
    expect(registry.versions.map(({ version }) => version)).toEqual(["1", "2"]);
  });

  it("refuses what breaks the newest version, names the field, and takes it when it is allowed", async () => {
    const registry = testRegistry();
    await registry.push({ subject, version: "1", set: shop("string") });
    const breaking = { subject, version: "2", set: shop("int32") };
    const refused = await registry.push(breaking);
    expect(refused).toMatchObject({ kind: "breaking", against: { version: "1" } });
    if (refused.kind !== "breaking") throw new Error("it was taken");
    expect(refused.comparison.changes.map(({ path }) => path)).toContain("shop.v1.Order.id");
    expect(registry.get(subject, "2")).toBeUndefined();
    const taken = await registry.push({ ...breaking, allowBreaking: true });
    expect(taken).toMatchObject({ kind: "pushed", version: { allowedBreaking: true } });
  });

  it("does not call a push allowed that breaks nothing", async () => {
    const registry = testRegistry();
    const push = { subject, version: "1", set: shop("string"), allowBreaking: true };
    expect(await registry.push(push)).toMatchObject({ version: { allowedBreaking: false } });
  });

  it.each([
    ["Shop", "1", /no subject/],
    ["../shop", "1", /no subject/],
    ["shop", "", /no version/],
    ["shop", "1/2", /no version/],
    ["nexus.router", "1", /router's own/],
  ])("refuses the names %j %j", async (name, version, message) => {
    const result = await testRegistry().push({ subject: name, version, set: shop("string") });
    expect(result).toMatchObject({ kind: "invalid", message: expect.stringMatching(message) });
  });

  it.each(["/etc/a.proto", "../a.proto", "a//b.proto", "a/./b.proto", "c:\\a.proto", "a.txt"])(
    "refuses a file at %j, which a pull would write",
    async (path) => {
      const set: SchemaSet = { files: [{ path, text: 'syntax = "proto3";' }], inputs: [] };
      expect(await testRegistry().push({ subject, version: "1", set })).toMatchObject({
        kind: "invalid",
      });
    },
  );

  it("refuses other files than the hash says", async () => {
    const set = shop("string");
    const registry = testRegistry();
    const wrong = await registry.push({
      subject,
      version: "1",
      set,
      expectedHash: setHash(shop("int32")),
    });
    expect(wrong).toMatchObject({ kind: "invalid", message: expect.stringContaining("hash") });
    const right = await registry.push({ subject, version: "1", set, expectedHash: setHash(set) });
    expect(right.kind).toBe("pushed");
  });

  it("refuses sets that are too large before it reads them", async () => {
    let compiled = 0;
    const registry = testRegistry({
      compile: async () => {
        compiled++;
        return { kind: "problems", problems: [] };
      },
    });
    const large = schemaOf(`// ${"x".repeat(testLimits.schemaSetBytes)}`);
    const files = Array.from({ length: 11 }, (_, at) => ({ path: `f${at}.proto`, text: "" }));
    for (const set of [large, { files, inputs: [] }]) {
      expect(await registry.push({ subject, version: "1", set })).toMatchObject({
        kind: "tooLarge",
      });
    }
    expect(compiled).toBe(0);
  });

  it("says what is wrong with files that are no schema, also where they nest too deep", async () => {
    const registry = testRegistry();
    const deep = `${"message M { ".repeat(200)}${"}".repeat(200)}`;
    for (const body of [
      "message {",
      deep,
      "message A { Missing a = 1; }",
      'import "gone.proto";',
    ]) {
      const result = await registry.push({ subject, version: "1", set: schemaOf(body) });
      expect(result.kind).toBe("problems");
      if (result.kind === "problems")
        expect(result.problems[0]).toMatch(/^shop\/v1\/shop\.proto:\d+:\d+: error/);
    }
    expect(registry.versions).toEqual([]);
  });

  it("holds at most so many versions and bytes", async () => {
    const few = testRegistry({ limits: () => ({ ...testLimits, schemaVersions: 1 }) });
    await few.push({ subject, version: "1", set: shop("string") });
    expect(
      await few.push({ subject, version: "2", set: shop("string", "int32 n = 9;") }),
    ).toMatchObject({ kind: "full", message: expect.stringContaining("schemaVersions") });
    const small = testRegistry({ limits: () => ({ ...testLimits, schemaRegistryBytes: 100 }) });
    expect(await small.push({ subject, version: "1", set: shop("string") })).toMatchObject({
      kind: "full",
      message: expect.stringContaining("schemaRegistryBytes"),
    });
  });

  it("takes pushes one after the other: of two that break each other, one is taken", async () => {
    const registry = testRegistry();
    const results = await Promise.all([
      registry.push({ subject, version: "1", set: shop("string") }),
      registry.push({ subject, version: "2", set: shop("int32") }),
    ]);
    expect(results.map(({ kind }) => kind)).toEqual(["pushed", "breaking"]);
  });

  it("lets no more than 16 pushes wait", async () => {
    const registry = testRegistry();
    const pushes = Array.from({ length: 20 }, (_, at) =>
      registry.push({ subject, version: `${at}`, set: shop("string") }),
    );
    const kinds = (await Promise.all(pushes)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "full")).toHaveLength(4);
    expect(await registry.push({ subject, version: "x", set: shop("string") })).toMatchObject({
      kind: "pushed",
    });
  });

  it("compiles so many bytes a second, and what one set may have at once", async () => {
    let now = 0;
    const registry = testRegistry({ wallMs: () => now });
    const filler = (version: string) =>
      registry.push({ subject: `s${version}`, version, set: schemaOf(`// ${"x".repeat(9000)}`) });
    expect((await filler("1")).kind).toBe("pushed");
    expect(await filler("2")).toMatchObject({
      kind: "tooFast",
      message: expect.stringContaining("try again in 2 s"),
    });
    now += 2000;
    expect((await filler("2")).kind).toBe("pushed");
  });

  it("takes nothing that could not be kept", async () => {
    const registry = testRegistry({ keep: () => Promise.reject(new Error("the disk is full")) });
    expect(await registry.push({ subject, version: "1", set: shop("string") })).toMatchObject({
      kind: "failed",
      message: expect.stringContaining("the disk is full"),
    });
    expect(registry.get(subject)).toBeUndefined();
  });
});

const types = ["string", "int32", "bool", "Receipt"];

describe("a version", () => {
  it("never changes, whatever is pushed after it", async () => {
    const push = fc.record({
      version: fc.constantFrom("1", "2", "3"),
      type: fc.constantFrom(...types),
      allowBreaking: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(push, { maxLength: 12 }), async (pushes) => {
        const registry = testRegistry();
        const seen = new Map<string, string>();
        for (const { version, type, allowBreaking } of pushes) {
          const set = shop(type);
          const result = await registry.push({ subject, version, set, allowBreaking });
          const known = seen.get(version);
          const hash = hexOf(setHash(set));
          if (known !== undefined) expect(result.kind).toBe(known === hash ? "pushed" : "taken");
          else if (result.kind === "pushed") seen.set(version, hash);
        }
        expect(registry.versions.map(({ version }) => version)).toEqual([...seen.keys()]);
        for (const [version, hash] of seen) {
          const stored = registry.get(subject, version);
          expect(stored?.hashText).toBe(hash);
          expect(stored && hexOf(setHash(stored.set))).toBe(hash);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("has a hash that order does not change and any text does", () => {
    const file = fc.record({ path: fc.string(), text: fc.string() });
    const files = fc.uniqueArray(file, { selector: ({ path }) => path, minLength: 1 });
    fc.assert(
      fc.property(files, fc.nat(), (given, at) => {
        const set = { files: given, inputs: [] };
        const turned = { files: [...given].reverse(), inputs: [] };
        expect(hexOf(setHash(turned))).toBe(hexOf(setHash(set)));
        expect(ordered(turned)).toEqual(ordered(set));
        const changed = given.map((each, index) =>
          index === at % given.length ? { ...each, text: `${each.text}x` } : each,
        );
        expect(hexOf(setHash({ files: changed, inputs: [] }))).not.toBe(hexOf(setHash(set)));
      }),
    );
  });
});

describe("check", () => {
  it("says what a push would do and does nothing", async () => {
    const registry = testRegistry();
    expect(await registry.check(subject, undefined, shop("string"))).toEqual({ kind: "notFound" });
    await registry.push({ subject, version: "1", set: shop("string") });
    const checked = await registry.check(subject, "1", shop("int32"));
    expect(checked).toMatchObject({ kind: "checked", comparison: { verdict: "breaking" } });
    expect(registry.versions).toHaveLength(1);
  });
});

describe("find", () => {
  it("knows what was pushed by full name, and services by their end", async () => {
    const registry = testRegistry();
    await registry.push({ subject, version: "1", set: shop("string") });
    for (const name of ["shop.v1.Shop", "shop.v1.Order", "Shop"]) {
      expect(registry.find(name)?.subject).toBe(subject);
    }
    for (const name of ["", "op", "Order", "google.protobuf.Any", "shop.v2.Shop"]) {
      expect(registry.find(name)).toBeUndefined();
    }
  });

  it("knows the topics that a concrete name fits", async () => {
    const registry = testRegistry();
    await registry.push({ subject, version: "1", set: shop("string") });
    expect(registry.findTopic("shop.us.placed")?.subject).toBe(subject);
    for (const name of ["", "shop", "shop.count.many"]) {
      expect(registry.findTopic(name)).toBeUndefined();
    }
  });

  it("knows the router's own services without a push", () => {
    const registry = testRegistry();
    for (const name of ["grpc.health.v1.Health", "nexus.router.v1.Registry", "Services"]) {
      expect(registry.find(name)?.subject).toBe("nexus.router");
    }
    expect(registry.versions).toEqual([]);
  });
});

describe("judge", () => {
  it("says by fingerprints how two types fit, and names the field", async () => {
    const registry = testRegistry();
    const push = (version: string, set: SchemaSet) =>
      registry.push({ subject, version, set, allowBreaking: true });
    await push("1", shop("string"));
    await push("2", shop("string", "string note = 3;"));
    await push("3", shop("int32"));
    const [one, two, three] = ["1", "2", "3"].map((version) =>
      fingerprint(registry, version, "shop.v1.Order"),
    ) as [bigint, bigint, bigint];
    expect(registry.judge.judge(one, one)).toEqual({ verdict: "identical", message: "" });
    expect(registry.judge.judge(one, two)).toMatchObject({ verdict: "compatible" });
    for (const [before, after] of [
      [one, three],
      [three, one],
    ] as const) {
      expect(registry.judge.judge(before, after)).toMatchObject({
        verdict: "breaking",
        message: expect.stringContaining("shop.v1.Order.id"),
      });
    }
    expect(registry.judge.judge(one, 5n)).toEqual({ verdict: "unknown", message: "" });
  });

  it("names the field of the inner type that changed", async () => {
    const registry = testRegistry();
    const inner = (type: string) =>
      schemaOf(`message Outer { Inner inner = 1; } message Inner { ${type} id = 1; }`);
    await registry.push({ subject, version: "1", set: inner("string") });
    await registry.push({ subject, version: "2", set: inner("bytes"), allowBreaking: true });
    const [before, after] = ["1", "2"].map((version) =>
      fingerprint(registry, version, "shop.v1.Outer"),
    ) as [bigint, bigint];
    expect(registry.judge.judge(before, after).message).toContain("shop.v1.Inner.id");
  });

  it("takes types of different names for breaking, and learns what it did not know", async () => {
    const registry = testRegistry();
    await registry.push({ subject, version: "1", set: shop("string") });
    const order = fingerprint(registry, "1", "shop.v1.Order");
    const line = fingerprint(registry, "1", "shop.v1.Line");
    expect(registry.judge.judge(order, line).message).toContain("shop.v1.Line");
    const later = testRegistry();
    await later.push({ subject, version: "1", set: shop("int32") });
    const other = fingerprint(later, "1", "shop.v1.Order");
    expect(registry.judge.judge(order, other).verdict).toBe("unknown");
    await registry.push({ subject: "other", version: "1", set: shop("int32") });
    expect(registry.judge.judge(order, other).verdict).toBe("breaking");
  });
});

describe("index", () => {
  it("has the types of methods, topics and messages, of the newest schema", async () => {
    const registry = testRegistry();
    const { index } = registry;
    await registry.push({ subject, version: "1", set: shop("string") });
    expect(index.method("shop.v1.Shop/Place")).toMatchObject({
      shape: "unary",
      requestType: { fullName: "shop.v1.Order" },
      responseType: { fullName: "shop.v1.Receipt" },
    });
    expect(index.method("shop.v1.Shop/Gone")).toBeUndefined();
    expect(index.topic("shop.us.placed")?.name).toBe("Placed");
    expect(index.topic("shop.eu.placed")?.name).toBe("PlacedInEu");
    expect(index.topic("shop.count.-7")?.name).toBe("Counted");
    for (const name of ["shop.count.many", "shop.placed", "shop.us.placed.more", ""]) {
      expect(index.topic(name)).toBeUndefined();
    }
    await registry.push({ subject, version: "2", set: shop("string", "string note = 3;") });
    expect(index.message("shop.v1.Order")?.fields).toHaveLength(3);
    expect(index.method("shop.v1.Shop/Place")?.requestType.fields).toHaveLength(3);
  });
});
