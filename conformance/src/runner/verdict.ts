/** The code that a run ends with. 0 only when all holds; a failure weighs more than a count that is wrong. */
import type { LanguageCounts, PairCounts } from "./summary.ts";

export const exit = { ok: 0, failed: 1, counts: 3 } as const;

export interface Findings {
  readonly languages: Readonly<Record<string, LanguageCounts>>;
  readonly pairs: Readonly<Record<string, PairCounts>>;
  readonly executed: number;
  /** Surviving mutants, adapters that do not build, and what is wrong with the list of known failures. */
  readonly problems: readonly string[];
  /** Where counts are not what is locked, and clauses without a case. */
  readonly counts: readonly string[];
  /** Languages whose tools are absent. */
  readonly absent: readonly string[];
  /** NEXUS_REQUIRE=all: an absent language is a failure. */
  readonly requireAll: boolean;
}

export function verdict({ languages, pairs, executed, problems, counts, ...rest }: Findings) {
  const all = [...Object.values(languages), ...Object.values(pairs)];
  if (all.some(({ failed }) => failed > 0) || problems.length > 0) return exit.failed;
  if (rest.requireAll && rest.absent.length > 0) return exit.failed;
  return executed === 0 || counts.length > 0 ? exit.counts : exit.ok;
}
