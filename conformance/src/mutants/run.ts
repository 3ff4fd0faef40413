/** Plants each mutant and plays the case that must see it. A mutant that no case kills fails the run. */
import type { Tls } from "../runner/certificates.ts";
import { casesOf } from "../runner/expand.ts";
import { type Language, routerCandidate } from "../runner/languages.ts";
import { runPlan } from "../runner/schedule.ts";
import type { Template } from "../runner/template.ts";
import { mutants } from "./index.ts";
import type { Mutant } from "./mutant.ts";

export interface MutantCounts {
  readonly planted: number;
  readonly killed: number;
  readonly problems: readonly string[];
}

async function isKilled(
  mutant: Mutant,
  templates: readonly Template[],
  node: Language,
  tls: Tls,
): Promise<boolean> {
  const template = templates.find(({ id }) => id === mutant.killedBy);
  if (template === undefined) return false;
  const isRouter = mutant.who === "router";
  const cases = casesOf(template, isRouter ? routerCandidate : node).slice(0, 1);
  const language = isRouter ? undefined : node;
  const results = await runPlan(
    { who: mutant.name, client: language, server: language, cases },
    {
      tls,
      lanes: 1,
      ...(mutant.interference && { interference: mutant.interference }),
      ...(mutant.mutate && { mutate: mutant.mutate }),
    },
  );
  return results.some(({ outcome }) => !outcome.passed);
}

const LANES = 4;

export async function runMutants(
  templates: readonly Template[],
  languages: readonly Language[],
  tls: Tls,
): Promise<MutantCounts> {
  const node = languages.find(({ name }) => name === "node");
  if (node === undefined) return { planted: 0, killed: 0, problems: ["there is no language node"] };
  const survivors: string[] = [];
  const queue = [...mutants];
  const lane = async (): Promise<void> => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift())
      if (!(await isKilled(mutant, templates, node, tls)))
        survivors.push(`the mutant ${mutant.name} survives ${mutant.killedBy}`);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return {
    planted: mutants.length,
    killed: mutants.length - survivors.length,
    problems: survivors,
  };
}
