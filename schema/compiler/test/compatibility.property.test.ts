/** What must hold of every comparison, over generated pairs of schemas and over every fixture. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { compareModels } from "../src/compatibility.ts";
import { type Verdict, worst } from "../src/compatibility-rules.ts";
import { compile } from "../src/compile.ts";
import type { Model } from "../src/model.ts";
import { modelOfText } from "./evolution.ts";
import { validFixtures } from "./fixtures.ts";

const types = [
  ...["int32", "int64", "uint32", "sint32", "fixed64", "bool", "double", "string", "bytes"],
  ...["A", "B", "E", "map<string, int32>", "map<int64, B>", "map<bool, E>"],
];
const labels = ["", "optional ", "repeated "];
const options = [
  "",
  ' [json_name = "other"]',
  " [deprecated = true]",
  " [(nexus.field).pii = true]",
  " [(nexus.field).rules.required = true]",
];
const topics = ["", 't.one"', 't.two" qos: QOS_AT_LEAST_ONCE', 't.one" retained: true ttl_ms: 5'];

const field = fc.record({
  number: fc.integer({ min: 1, max: 5 }),
  name: fc.constantFrom("a", "b", "c", "d", "e"),
  type: fc.constantFrom(...types),
  label: fc.constantFrom(...labels),
  option: fc.constantFrom(...options),
  isInOneof: fc.boolean(),
});
type FieldDraft = typeof field extends fc.Arbitrary<infer Draft> ? Draft : never;

const message = fc.record({
  fields: fc.uniqueArray(field, {
    maxLength: 5,
    selector: ({ number }) => number,
  }),
  topic: fc.constantFrom(...topics),
  reserved: fc.integer({ min: 6, max: 9 }),
});
const schema = fc.record({
  a: message,
  b: message,
  values: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
  response: fc.constantFrom("A", "B", "stream B"),
  timeoutMs: fc.integer({ min: 1, max: 2 }),
});
type SchemaDraft = typeof schema extends fc.Arbitrary<infer Draft> ? Draft : never;

function messageText(name: string, { fields, topic, reserved }: SchemaDraft["a"]): string {
  const taken = new Set<string>();
  const unique = fields.filter(({ name: own }) => !taken.has(own) && taken.add(own));
  const isMember = (draft: FieldDraft): boolean => draft.isInOneof && !draft.type.startsWith("map");
  const text = (draft: FieldDraft, label: string): string => {
    const isJsonTaken = draft.option.includes("json_name") && draft !== unique[0];
    const option = isJsonTaken ? "" : draft.option;
    return `  ${draft.type.startsWith("map") ? "" : label}${draft.type} ${draft.name} = ${draft.number}${option};`;
  };
  const members = unique.filter(isMember).map((draft) => text(draft, ""));
  const rest = unique.filter((draft) => !isMember(draft)).map((draft) => text(draft, draft.label));
  return [
    `message ${name} {`,
    `  reserved ${reserved};`,
    topic === "" ? "" : `  option (nexus.topic) = { name: "${topic} };`,
    ...rest,
    ...(members.length === 0 ? [] : ["  oneof choice {", ...members, "  }"]),
    "}",
  ].join("\n");
}

function textOf(draft: SchemaDraft): string {
  return [
    'syntax = "proto3";\npackage t.v1;\nimport "nexus/options.proto";',
    messageText("A", draft.a),
    messageText("B", draft.b),
    `enum E { ZERO = 0; ${draft.values.map((number) => `V${number} = ${number};`).join(" ")} }`,
    `service S { rpc Get(A) returns (${draft.response}) {`,
    `option (nexus.method).timeout_ms = ${draft.timeoutMs}; } }`,
  ].join("\n");
}

const seed = Number(process.env.NEXUS_FUZZ_SEED ?? Date.now() % 2 ** 31);
const settings = { numRuns: Number(process.env.NEXUS_FUZZ_RUNS ?? 100), seed };
const overPairs = (check: (before: Model, after: Model) => void): void => {
  console.info(`NEXUS_FUZZ_SEED=${seed}`);
  // The second version is a small step from the first, or any other.
  const pair = schema.chain((first) =>
    fc
      .oneof(
        fc.record({ ...constants(first), a: message }),
        fc.record({ ...constants(first), values: schema.map(({ values }) => values) }),
        fc.record({ ...constants(first), response: schema.map(({ response }) => response) }),
        schema,
      )
      .map((second) => [first, second] as const),
  );
  fc.assert(
    fc.property(pair, ([before, after]) => {
      check(modelOfText(textOf(before)), modelOfText(textOf(after)));
    }),
    settings,
  );
};

function constants(draft: SchemaDraft) {
  return {
    a: fc.constant(draft.a),
    b: fc.constant(draft.b),
    values: fc.constant(draft.values),
    response: fc.constant(draft.response),
    timeoutMs: fc.constant(draft.timeoutMs),
  };
}

it.each(validFixtures().map((fixture) => [fixture.name, fixture] as const))(
  "calls %s identical with itself, whatever the order of its files",
  (_, { files }) => {
    const inputs = files.map(({ path }) => path);
    const [before, after] = [files, files.toReversed()].map((list) => compile(list, { inputs }));
    if (before?.model === undefined || after?.model === undefined) throw new Error("no model");
    const { verdict, changes, subjects } = compareModels(before.model, after.model);
    expect({ verdict, changes }).toEqual({ verdict: "identical", changes: [] });
    expect(subjects.filter((subject) => subject.verdict !== "identical")).toEqual([]);
  },
);

it("never calls a message identical whose fingerprint differs", { timeout: 60_000 }, () => {
  overPairs((before, after) => {
    const { subjects } = compareModels(before, after);
    // A topic is a subject of its own, and a part of its message's fingerprint.
    const topics = new Map(
      subjects.filter(({ kind }) => kind === "topic").map(({ name, verdict }) => [name, verdict]),
    );
    const isTopicAlike = (key: string): boolean =>
      (topics.get(key.slice("message ".length)) ?? "identical") === "identical";
    for (const { kind, name, verdict } of subjects) {
      if (kind !== "message" || verdict !== "identical") continue;
      const isAlike = [...closureOf(kind, name, after)].every(isTopicAlike);
      const prints = [before, after].map((model) => model.messages.get(name)?.fingerprint);
      if (isAlike) expect(prints[1]).toBe(prints[0]);
      else expect(prints[1]).not.toBe(prints[0]);
    }
  });
});

/** Facts that look the same from both sides, and those that change sides. */
const symmetric = [
  ...["field-type", "field-type-json", "field-type-range", "field-type-name", "field-key-type"],
  ...["field-cardinality", "field-presence", "field-packed", "field-oneof", "field-oneof-alone"],
  ...["field-renumbered", "field-pii", "topic-name", "method-shape", "method-response"],
  ...["method-policy", "enum-value-renumbered"],
];
const mirrored: Readonly<Record<string, string>> = {
  "field-rules-tightened": "field-rules-relaxed",
  "topic-added": "topic-removed",
  "topic-qos-raised": "topic-qos-lowered",
  "topic-ttl-longer": "topic-ttl-shorter",
  "topic-retained": "topic-not-retained",
  "reserved-added": "reserved-removed",
  "enum-value-added": "enum-value-removed",
};

it("sees the same facts from both sides", { timeout: 60_000 }, () => {
  overPairs((before, after) => {
    const there = compareModels(before, after).changes;
    const back = compareModels(after, before).changes;
    const count = (changes: typeof there, kind: string): number =>
      changes.filter((change) => change.kind === kind).length;
    for (const kind of symmetric)
      expect([kind, count(there, kind)]).toEqual([kind, count(back, kind)]);
    for (const [kind, other] of Object.entries(mirrored)) {
      expect([kind, count(there, kind)]).toEqual([kind, count(back, other)]);
      expect([kind, count(back, kind)]).toEqual([kind, count(there, other)]);
    }
  });
});

it("gives the worst verdict of what a subject leads to", { timeout: 60_000 }, () => {
  overPairs((before, after) => {
    const { verdict, subjects, changes } = compareModels(before, after);
    expect(verdict).toBe(worst(changes.map((change) => change.verdict)));
    const own = new Map<string, Verdict>(
      subjects.map((subject) => [
        `${subject.kind} ${subject.name}`,
        worst(subject.changes.map((change) => change.verdict)),
      ]),
    );
    for (const subject of subjects) {
      const reached = closureOf(subject.kind, subject.name, after);
      expect(subject.verdict).toBe(worst([...reached].map((key) => own.get(key) ?? "identical")));
    }
  });
});

/** A walk of its own, straight through the model. */
function closureOf(kind: string, name: string, model: Model): ReadonlySet<string> {
  const keys = new Set([`${kind} ${name}`]);
  for (const key of keys) {
    const [ownKind = "", own = ""] = key.split(" ");
    if (ownKind === "topic") keys.add(`message ${own}`);
    for (const { type } of (ownKind === "message" && model.messages.get(own)?.fields) || []) {
      if (type.kind === "message") keys.add(`message ${type.message.fullName}`);
      if (type.kind === "enum") keys.add(`enum ${type.enum.fullName}`);
    }
    for (const method of (ownKind === "service" && model.services.get(own)?.methods) || []) {
      keys.add(`message ${method.request.fullName}`).add(`message ${method.response.fullName}`);
    }
  }
  return keys;
}
