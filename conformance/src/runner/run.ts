/** One run from its options to its verdict: what is played, what is compared with the locks, and the code it ends with. */
import { spawnSync } from "node:child_process";
import { runMutants } from "../mutants/run.ts";
import { makeTls, type Tls } from "./certificates.ts";
import { type KnownFailure, knownFailures, knownProblems, statusOf } from "./known.ts";
import { languages as allLanguages, type Language, root } from "./languages.ts";
import { loadTemplates } from "./load.ts";
import { lockProblems, writeLocks } from "./locks.ts";
import { type Options, UsageError } from "./options.ts";
import { allPairs, languagePlans, pairPlan, starPairs } from "./plans.ts";
import { type Plan, type Result, runPlan } from "./schedule.ts";
import { specProblems, writeSpecMap } from "./spec-map.ts";
import {
  type LanguageCounts,
  languageCounts,
  notRunCounts,
  type PairCounts,
  SUITE,
  type Summary,
} from "./summary.ts";
import type { Template } from "./template.ts";

export interface Run {
  readonly summary: Summary;
  readonly results: readonly Result[];
  readonly known: readonly KnownFailure[];
  readonly problems: readonly string[];
  readonly absent: readonly string[];
  readonly exitCode: number;
}

export interface RunEvents {
  onResult(result: Result): void;
  onEnd(who: string, results: readonly Result[], milliseconds: number): void;
}

const LANES = 3;
const exit = { ok: 0, failed: 1, counts: 3 } as const;

const isWhole = ({ family, level, pair, ...options }: Options): boolean =>
  family === undefined && level === undefined && pair === undefined && options.case === undefined;

function checkNames(options: Options, languages: readonly Language[]): void {
  const known = new Set([...languages.map(({ name }) => name), "router"]);
  for (const name of [...(options.languages ?? []), ...(options.pair ?? [])])
    if (!known.has(name))
      throw new UsageError(`there is no language ${name}; known: ${[...known].join(", ")}`);
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
    const { status, stdout, stderr } = spawnSync(program, words, { cwd: root, encoding: "utf8" });
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

export async function run(options: Options, events: RunEvents): Promise<Run> {
  const languages = allLanguages();
  checkNames(options, languages);
  const templates = loadTemplates();
  const known = knownFailures();
  const { here, absent } = plansFor(templates, languages, options);
  if (options.lock) {
    writeLocks(here);
    writeSpecMap(templates);
  }
  const tls = await makeTls();
  const played: Played = { results: [], languages: {}, pairs: {}, problems: [] };
  await playPlans(here, { tls, events, known, played });
  const away: string[] = [];
  for (const plan of absent) {
    const { client } = plan;
    if (client === undefined || plan.who.includes(":")) continue;
    played.languages[plan.who] = notRunCounts(client, plan);
    away.push(`${plan.who}: not run: ${client.missing}`);
  }
  const mutants = isWhole(options)
    ? await runMutants(templates, languages, tls)
    : { planted: 0, killed: 0, problems: [] };
  tls.remove();
  const summary: Summary = {
    suite: SUITE,
    languages: played.languages,
    pairs: played.pairs,
    mutants: { planted: mutants.planted, killed: mutants.killed },
  };
  const counts = isWhole(options)
    ? [...here.flatMap(lockProblems), ...specProblems(templates)]
    : [];
  const whole = new Set(isWhole(options) ? here.map(({ who }) => who) : []);
  const today = new Date().toISOString().slice(0, 10);
  const lists = knownProblems(known, played.results, whole, today);
  const problems = [...played.problems, ...mutants.problems, ...lists, ...counts];
  return {
    summary,
    results: played.results,
    known,
    problems,
    absent: away,
    exitCode: verdict(played, problems, counts, away),
  };
}

function verdict(
  { results, languages, pairs }: Played,
  problems: readonly string[],
  counts: readonly string[],
  away: readonly string[],
): number {
  const failed =
    Object.values(languages).some((each) => each.failed > 0) ||
    Object.values(pairs).some((each) => each.failed > 0);
  if (failed || problems.length > counts.length) return exit.failed;
  if (results.length === 0 || counts.length > 0) return exit.counts;
  return process.env.NEXUS_REQUIRE === "all" && away.length > 0 ? exit.failed : exit.ok;
}
