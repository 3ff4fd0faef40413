import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Mutant } from "../mutants/mutant.ts";
import type { JudgedSuite } from "./judged-suite.ts";
import type { KnownFailure } from "./known.ts";
import type { Language } from "./languages.ts";
import { lockOf } from "./locks.ts";
import { readOptions } from "./options.ts";
import { languagePlans } from "./plans.ts";
import { type Run, run } from "./run.ts";
import { type Template, template } from "./template.ts";

/** An adapter that answers every order with the order itself. */
const program = `
import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const { id, op, ...words } = JSON.parse(line);
  if (op === "die") process.exit(1);
  const told = { contract: 1, language: "node", features: ["repeats"], transports: ["tcp"] };
  const ok = op === "hello" ? told : op === "state" ? {} : words;
  process.stdout.write(JSON.stringify(op === "skip" ? { id, skip: "not mine" } : { id, ok }) + "\\n");
}`;

const language = (more: Partial<Language> = {}): Language => ({
  name: "node",
  level: "standard",
  transports: ["tcp"],
  features: new Set(["repeats"]),
  build: [],
  run: { command: ["node", "--input-type=module", "-e", program], folder: ".", environment: {} },
  missing: undefined,
  ...more,
});

const repeats = (id: string, word: string, expected: string): Template =>
  template({
    id,
    clauses: ["WIRE-1.1"],
    requires: ["repeats"],
    steps: [{ a: { op: "repeat", word }, expect: { ok: { word: expected } } }],
  });

const sound = repeats("tiny.words.hello", "hello", "hello");
const other = repeats("tiny.words.other", "other", "other");
const failing = repeats("tiny.words.failing", "this", "that");

/** What it judges is locked as it is; a test changes one thing. */
function suiteOf(templates: readonly Template[], more: Partial<JudgedSuite> = {}): JudgedSuite {
  const languages = more.languages ?? [language()];
  const plans = languagePlans(templates, languages, readOptions([]));
  const locks = Object.fromEntries(plans.map((plan) => [plan.who, lockOf(plan)]));
  return {
    templates,
    languages,
    known: [],
    mutants: [],
    locks: () => locks,
    specProblems: () => [],
    ...more,
  };
}

const quiet = { onResult: () => {}, onEnd: () => {} };
const judge = (suite: JudgedSuite, ...words: readonly string[]): Promise<Run> =>
  run(readOptions(words), quiet, suite);

const knownOf = (id: string, more: Partial<KnownFailure> = {}): KnownFailure => ({
  language: "node",
  case: id,
  message: 'expected "that"',
  reason: "for the test",
  expires: "9999-12-31",
  ...more,
});

beforeEach(() => void vi.stubEnv("NEXUS_REQUIRE", ""));
afterEach(() => void vi.unstubAllEnvs());

describe("a run", () => {
  it("ends with 0 when all holds", async () => {
    const { exitCode, summary, problems } = await judge(suiteOf([sound, other]));
    expect(problems).toEqual([]);
    expect(exitCode).toBe(0);
    expect(summary.languages.node).toMatchObject({ executed: 2, passed: 2, failed: 0, notRun: 0 });
  });

  it("ends with 1 when a case fails", async () => {
    const { exitCode, summary } = await judge(suiteOf([sound, failing]));
    expect(exitCode).toBe(1);
    expect(summary.languages.node).toMatchObject({ executed: 2, passed: 1, failed: 1 });
  });

  it("ends with 3 when it has played nothing", async () => {
    expect((await judge(suiteOf([sound]), "--case", "tiny.words.nothing")).exitCode).toBe(3);
  });

  it("does not let an adapter skip", async () => {
    const skips = template({ ...sound, steps: [{ a: { op: "skip" } }] });
    const { exitCode, summary } = await judge(suiteOf([skips]));
    expect(exitCode).toBe(1);
    expect(summary.languages.node).toMatchObject({ failed: 1, notRun: 0 });
  });

  it("fails all cases of an adapter that ends, lost a feature or gained one", async () => {
    const dies = template({ ...sound, steps: [{ a: { op: "die" } }] });
    expect((await judge(suiteOf([dies]))).exitCode).toBe(1);
    // features.yaml names one more than it has, and one less.
    for (const features of [["repeats", "more"], []]) {
      const languages = [language({ features: new Set(features) })];
      const any = { ...sound, requires: [] };
      const { exitCode, results } = await judge(suiteOf([any], { languages }));
      expect(exitCode).toBe(1);
      expect(results[0]?.outcome.message).toContain("hello and features.yaml differ");
    }
  });

  it("fails for an adapter that does not build", async () => {
    const build = [[process.execPath, "-e", "console.error('no compiler'); process.exit(1)"]];
    const { exitCode, problems } = await judge(
      suiteOf([sound], { languages: [language({ build })] }),
    );
    expect(exitCode).toBe(1);
    expect(problems.join()).toContain("node does not build: no compiler");
  });
});

describe("known failures", () => {
  it("are counted for themselves, and never as passed", async () => {
    const suite = suiteOf([sound, failing], { known: [knownOf(failing.id)] });
    const { exitCode, summary } = await judge(suite);
    expect(exitCode).toBe(0);
    expect(summary.languages.node).toMatchObject({ passed: 1, failed: 0, knownFailing: 1 });
  });

  it("fail the run when they fail otherwise than is known", async () => {
    const known = [knownOf(failing.id, { message: "another message" })];
    expect((await judge(suiteOf([failing], { known }))).exitCode).toBe(1);
  });

  it.each([
    ["passes", knownOf(sound.id), "passes; take it off the list"],
    ["is not there", knownOf("tiny.words.gone"), "there is no such case"],
    ["has expired", knownOf(failing.id, { expires: "2020-01-01" }), "expired on 2020-01-01"],
  ])("fail the run when one %s", async (_, known, told) => {
    const { exitCode, problems } = await judge(suiteOf([sound, failing], { known: [known] }));
    expect(exitCode).toBe(1);
    expect(problems.join()).toContain(told);
  });
});

describe("the lock", () => {
  it.each([
    ["a case was lost", [sound], [sound, other], "1 cases, 2 are locked"],
    ["a case is new", [sound, other], [sound], "2 cases, 1 are locked"],
    ["a case was renamed", [other], [sound], "1 cases, 1 are locked under other ids"],
    ["nothing is locked", [sound], [], "1 cases, 0 are locked"],
  ])("ends the run with 3 when %s", async (_, played, locked, told) => {
    const { exitCode, problems } = await judge(suiteOf(played, { locks: suiteOf(locked).locks }));
    expect(exitCode).toBe(3);
    expect(problems.join()).toContain(told);
  });

  it("ends the run with 3 when a clause has no case", async () => {
    const specProblems = () => ["WIRE-1.2 is a MUST without a case"];
    expect((await judge(suiteOf([sound], { specProblems }))).exitCode).toBe(3);
  });
});

describe("a language whose tools are absent", () => {
  const away = language({ name: "cobol", missing: "install cobol 2030" });
  const suite = suiteOf([sound, other], { languages: [language(), away] });

  it("is not run by name, with what to install", async () => {
    const { exitCode, absent, summary } = await judge(suite);
    expect(exitCode).toBe(0);
    expect(absent).toEqual(["cobol: not run: install cobol 2030"]);
    expect(summary.languages.cobol).toMatchObject({ executed: 0, passed: 0, notRun: 2 });
  });

  it("fails the run under NEXUS_REQUIRE=all", async () => {
    vi.stubEnv("NEXUS_REQUIRE", "all");
    expect((await judge(suite)).exitCode).toBe(1);
  });
});

describe("mutants", () => {
  const planted = (more: Partial<Mutant>): Mutant => ({
    name: "tiny",
    who: "node",
    killedBy: sound.id,
    ...more,
  });
  const deaf = { answer: () => ({ ok: { word: "what" } }) };
  const kills = (mutants: readonly Mutant[], templates: readonly Template[] = [sound]) =>
    judge(suiteOf(templates, { mutants }));

  it("are killed by the case that they name", async () => {
    const { exitCode, summary } = await kills([planted({ interference: deaf })]);
    expect(summary.mutants).toEqual({ planted: 1, killed: 1 });
    expect(exitCode).toBe(0);
  });

  it.each([
    ["survives", planted({}), "the mutant tiny survives tiny.words.hello"],
    [
      "names no case",
      planted({ killedBy: "tiny.words.gone" }),
      "names tiny.words.gone, which is no case",
    ],
    [
      "only breaks the adapter",
      planted({
        interference: { answer: () => ({ broken: "the adapter ended: it ended with 1" }) },
      }),
      "is not judged by tiny.words.hello",
    ],
  ])("fail the run when one %s", async (_, mutant, told) => {
    const { exitCode, problems, summary } = await kills([mutant]);
    expect(exitCode).toBe(1);
    expect(summary.mutants).toEqual({ planted: 1, killed: 0 });
    expect(problems.join()).toContain(told);
  });

  it("are not killed by a case that fails without them", async () => {
    const mutant = planted({ killedBy: failing.id, interference: deaf });
    const { exitCode, problems } = await kills([mutant], [failing]);
    expect(exitCode).toBe(1);
    expect(problems.join()).toContain("cannot be judged: tiny.words.failing fails without it");
  });

  it("are played with the cases that they name alone, under --mutants", async () => {
    const mutants = [planted({ interference: deaf })];
    const suite = suiteOf([sound, other, failing], { mutants });
    const { exitCode, summary, results } = await judge(suite, "--mutants");
    expect(results.map((result) => result.case.id)).toEqual([sound.id]);
    expect(summary.mutants).toEqual({ planted: 1, killed: 1 });
    expect(exitCode).toBe(0);
  });
});
