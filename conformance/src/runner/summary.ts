/** What a run found, counted: the object that `--json` prints and that the locks are compared with. */
import type { KnownFailure } from "./known.ts";
import { statusOf } from "./known.ts";
import type { Language } from "./languages.ts";
import type { Plan, Result } from "./schedule.ts";
import type { Level } from "./template.ts";

export interface LanguageCounts {
  readonly level: Level;
  readonly templates: number;
  readonly executed: number;
  readonly passed: number;
  readonly failed: number;
  readonly knownFailing: number;
  readonly notRun: number;
}

export interface PairCounts {
  readonly executed: number;
  readonly failed: number;
}

export interface Summary {
  readonly suite: string;
  readonly languages: Readonly<Record<string, LanguageCounts>>;
  readonly pairs: Readonly<Record<string, PairCounts>>;
  readonly mutants: { readonly planted: number; readonly killed: number };
}

export const SUITE = "1.0.0";

export function languageCounts(
  plan: Plan,
  level: Level,
  results: readonly Result[],
  known: readonly KnownFailure[],
): LanguageCounts {
  const own = results.filter(({ who }) => who === plan.who);
  const count = (status: string): number =>
    own.filter((result) => statusOf(result, known) === status).length;
  return {
    level,
    templates: new Set(plan.cases.map(({ template }) => template.id)).size,
    executed: own.length,
    passed: count("passed"),
    failed: count("failed"),
    knownFailing: count("knownFailing"),
    notRun: plan.cases.length - own.length,
  };
}

/** A language whose tools are absent: nothing ran, and everything that would have is counted. */
export function notRunCounts({ level }: Language, plan: Plan): LanguageCounts {
  const templates = new Set(plan.cases.map(({ template }) => template.id)).size;
  return {
    level,
    templates,
    executed: 0,
    passed: 0,
    failed: 0,
    knownFailing: 0,
    notRun: plan.cases.length,
  };
}
