/** One run from its options to its verdict: what is played, what is compared with the locks, and the code it ends with. */
import { spawnSync } from "node:child_process";
import type { Mutant } from "../mutants/mutant.ts";
import { caseOf, type MutantCounts, runMutants } from "../mutants/run.ts";
import { makeTls, type Tls } from "./certificates.ts";
import { isCheckout } from "./checkout.ts";
import { committedSuite, type JudgedSuite } from "./judged-suite.ts";
import { type KnownFailure, knownProblems, statusOf } from "./known.ts";
import type { Language } from "./languages.ts";
import { lockProblems, writeLocks } from "./locks.ts";
import { type Options, UsageError } from "./options.ts";
import { allPairs, languagePlans, pairPlan, starPairs } from "./plans.ts";
import type { Outcome } from "./run-case.ts";
import { type Plan, type Result, runPlan } from "./schedule.ts";
import { writeSpecMap } from "./spec-map.ts";
import {
  type LanguageCounts,
  languageCounts,
  notRunCounts,
  type PairCounts,
  SUITE,
  type Summary,
} from "./summary.ts";
import type { Template } from "./template.ts";
import { verdict } from "./verdict.ts";

export interface Run {
  readonly summary: Summary;
  readonly results: readonly Result[];
  readonly known: readonly KnownFailure[];
  readonly problems: readonly string[];
  readonly absent: readonly string[];
  readonly exitCode: number;
}

export interface RunEvents {
  onBegin?(who: string, cases: number): void;
  onResult(result: Result): void;
  onEnd(who: string, results: readonly Result[], milliseconds: number): void;
  onKilled?(mutant: Mutant, outcome: Outcome): void;
}

const LANES = 3;

const isWhole = ({ family, level, pair, ...options }: Options): boolean =>
  [family, level, pair, options.case].every((each) => each === undefined) && !options.mutants;

function checkNames(options: Options, languages: readonly Language[]): void {
  const known = new Set([...languages.map(({ name }) => name), "router"]);
  const asked = [...(options.languages ?? []), ...(options.pair ?? [])];
  const unknown = [...new Set(asked.filter((name) => !known.has(name)))];
  if (unknown.length === 0) return;
  throw new UsageError(
    `there is no adapter for ${unknown.join(", ")}; there is: ${[...known].join(", ")}` +
      "\n  a language with an adapter of its own: --adapter <adapter.json>",
  );
}

function pairsOf(options: Options, languages: readonly Language[]) {
  if (options.pair !== undefined) return [options.pair];
  const pairs = options.matrix ? allPairs(languages) : starPairs(languages);
  if (options.languages === undefined) return pairs;
  const names = options.languages;
  return options.matrix || names.length > 1
    ? pairs.filter(([client, server]) => names.includes(client) && names.includes(server))
    : [];
}

/** Builds what has a build; the output of one that fails is the reason. */
function built(language: Language): string | undefined {
  for (const [program = "", ...words] of language.build) {
    const { status, stdout, stderr } = spawnSync(program, words, {
      cwd: language.run.folder,
      encoding: "utf8",
    });
    if (status !== 0) return `${language.name} does not build: ${stdout}${stderr}`.trim();
  }
  return undefined;
}

interface Played {
  readonly results: Result[];
  readonly languages: Record<string, LanguageCounts>;
  readonly pairs: Record<string, PairCounts>;
  readonly problems: string[];
}

async function playPlans(
  plans: readonly Plan[],
  context: { tls: Tls; events: RunEvents; known: readonly KnownFailure[]; played: Played },
): Promise<void> {
  const { tls, events, known, played } = context;
  for (const plan of plans) {
    const began = performance.now();
    events.onBegin?.(plan.who, plan.cases.length);
    const broken = plan.client && built(plan.client);
    if (broken !== undefined) played.problems.push(broken);
    const results = await runPlan(plan, { tls, lanes: LANES, onResult: events.onResult });
    played.results.push(...results);
    events.onEnd(plan.who, results, performance.now() - began);
    if (plan.who.includes(":")) {
      const failed = results.filter((result) => statusOf(result, known) === "failed").length;
      played.pairs[plan.who] = { executed: results.length, failed };
    } else {
      const level = plan.client?.level ?? "full";
      played.languages[plan.who] = languageCounts(plan, level, results, known);
    }
  }
}

function plansFor(
  templates: readonly Template[],
  languages: readonly Language[],
  options: Options,
): { readonly here: readonly Plan[]; readonly absent: readonly Plan[] } {
  const all = options.pair === undefined ? languagePlans(templates, languages, options) : [];
  const byName = new Map(languages.map((language) => [language.name, language]));
  const pairs = pairsOf(options, languages).flatMap(([client, server]) => {
    const from = byName.get(client);
    const to = byName.get(server);
    return from && to ? [pairPlan(templates, from, to, options)] : [];
  });
  const isHere = (plan: Plan): boolean =>
    plan.client?.missing === undefined && plan.server?.missing === undefined;
  const plans = [...all, ...pairs].filter(
    ({ cases, who }) => cases.length > 0 || !who.includes(":"),
  );
  return { here: plans.filter(isHere), absent: plans.filter((plan) => !isHere(plan)) };
}

/** With --mutants: the cases that mutants name, and no pair. */
function named(plans: readonly Plan[], suite: JudgedSuite): readonly Plan[] {
  const node = suite.languages.find(({ name }) => name === "node");
  if (node === undefined) return [];
  const cases = new Set(suite.mutants.map((each) => caseOf(each, suite.templates, node)?.id));
  return plans
    .filter(({ who }) => who === "node" || who === "router")
    .map((plan) => ({ ...plan, cases: plan.cases.filter(({ id }) => cases.has(id)) }));
}

async function planted(
  suite: JudgedSuite,
  results: readonly Result[],
  context: { tls: Tls; events: RunEvents },
): Promise<MutantCounts> {
  const passed = results
    .filter(({ outcome }) => outcome.passed)
    .map(({ who, case: { id } }) => `${who} ${id}`);
  const { tls, events } = context;
  const { onKilled } = events;
  return runMutants({ ...suite, tls, passed: new Set(passed), ...(onKilled && { onKilled }) });
}

export async function run(
  options: Options,
  events: RunEvents,
  suite: JudgedSuite = committedSuite(options.adapters),
): Promise<Run> {
  const { templates, languages } = suite;
  checkNames(options, languages);
  const { here: all, absent } = plansFor(templates, languages, options);
  const here = options.mutants ? named(all, suite) : all;
  if (options.lock) {
    if (!isCheckout) throw new UsageError("--lock writes into a checkout; this file has none");
    writeLocks(here);
    writeSpecMap(templates);
  }
  const tls = await makeTls();
  try {
    return await played(options, suite, { here, absent, tls, events });
  } finally {
    tls.remove();
  }
}

interface Stock {
  readonly here: readonly Plan[];
  readonly absent: readonly Plan[];
  readonly tls: Tls;
  readonly events: RunEvents;
}

async function played(options: Options, suite: JudgedSuite, stock: Stock): Promise<Run> {
  const { here, absent, tls, events } = stock;
  const found: Played = { results: [], languages: {}, pairs: {}, problems: [] };
  await playPlans(here, { tls, events, known: suite.known, played: found });
  const away: string[] = [];
  for (const plan of options.mutants ? [] : absent) {
    const { client } = plan;
    if (client === undefined || plan.who.includes(":")) continue;
    found.languages[plan.who] = notRunCounts(client, plan);
    away.push(`${plan.who}: not run: ${client.missing}`);
  }
  const whole = isWhole(options);
  const mutants =
    (whole && suite.mutants.length > 0) || options.mutants
      ? await planted(suite, found.results, { tls, events })
      : { planted: 0, killed: 0, problems: [] };
  return judged(suite, found, { here, away, mutants, whole });
}

/** A foreign adapter plays what its manifest says that it can: there is no lock to compare with. */
const isLocked = ({ client, server }: Plan): boolean =>
  client?.isForeign !== true && server?.isForeign !== true;

interface Ended {
  readonly here: readonly Plan[];
  readonly away: readonly string[];
  readonly mutants: MutantCounts;
  readonly whole: boolean;
}

function judged(suite: JudgedSuite, played: Played, { here, away, mutants, whole }: Ended): Run {
  const { results, languages, pairs } = played;
  const locks = suite.locks();
  const counts = whole
    ? [
        ...here.filter(isLocked).flatMap((plan) => lockProblems(plan, locks)),
        ...suite.specProblems(suite.templates),
      ]
    : [];
  const ran = new Set(whole ? here.map(({ who }) => who) : []);
  const today = new Date().toISOString().slice(0, 10);
  const lists = knownProblems(suite.known, results, ran, today);
  const problems = [...played.problems, ...mutants.problems, ...lists];
  const { planted: count, killed } = mutants;
  return {
    summary: { suite: SUITE, languages, pairs, mutants: { planted: count, killed } },
    results,
    known: suite.known,
    problems: [...problems, ...counts],
    absent: away,
    exitCode: verdict({
      languages,
      pairs,
      executed: results.length,
      problems,
      counts,
      absent: away,
      requireAll: process.env.NEXUS_REQUIRE === "all",
    }),
  };
}
