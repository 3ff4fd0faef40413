/**
 * Plants each mutant in the case that must see it. The case must pass without the mutant and fail with it, by its own
 * judgement: a mutant that survives, names no case, or only breaks the runner fails the run.
 */
import type { Tls } from "../runner/certificates.ts";
import { casesOf } from "../runner/expand.ts";
import { type Language, routerCandidate } from "../runner/languages.ts";
import type { Outcome } from "../runner/run-case.ts";
import type { Case, Template } from "../runner/template.ts";
import { Bench } from "./bench.ts";
import { mutants as planted } from "./index.ts";
import type { Mutant } from "./mutant.ts";

export interface MutantCounts {
  readonly planted: number;
  readonly killed: number;
  readonly problems: readonly string[];
}

export interface MutantRun {
  readonly templates: readonly Template[];
  readonly languages: readonly Language[];
  readonly tls: Tls;
  readonly mutants?: readonly Mutant[];
  /** Cases that have passed in this run, as `who id`: they need not be played once more without the mutant. */
  readonly passed?: ReadonlySet<string>;
  readonly onKilled?: (mutant: Mutant, outcome: Outcome) => void;
}

/** They mostly wait: a mutant that swallows something is seen when time has passed. */
const LANES = 10;

/** The case that a mutant names; undefined where there is none. */
export function caseOf(
  { killedBy, who }: Mutant,
  templates: readonly Template[],
  node: Language,
): Case | undefined {
  const isRouter = who === "router";
  const template = templates.find(
    ({ id, subject }) =>
      (id === killedBy || killedBy.startsWith(`${id}[`)) && (subject === "router") === isRouter,
  );
  if (template === undefined) return undefined;
  const cases = casesOf(template, isRouter ? routerCandidate : node);
  return template.id === killedBy ? cases[0] : cases.find(({ id }) => id === killedBy);
}

/** A breakdown is no verdict: the case has judged nothing then. */
const isBreakdown = (message: string): boolean =>
  message.startsWith("the runner: ") || message.includes("the adapter ended: ");

class Verdicts {
  readonly #sound = new Map<string, Promise<Outcome | undefined>>();
  readonly #run: MutantRun;
  readonly #node: Language;

  constructor(run: MutantRun, node: Language) {
    this.#run = run;
    this.#node = node;
  }

  /** Why the mutant is not killed; undefined where it is. */
  async of(mutant: Mutant, bench: Bench): Promise<string | undefined> {
    const { name, killedBy } = mutant;
    const played = caseOf(mutant, this.#run.templates, this.#node);
    if (played === undefined) return `the mutant ${name} names ${killedBy}, which is no case`;
    const sound = await this.#soundly(mutant.who, played, bench);
    if (sound !== undefined && !sound.passed)
      return `the mutant ${name} cannot be judged: ${killedBy} fails without it: ${sound.message}`;
    const outcome = await bench.play(played, mutant);
    if (outcome.passed) return `the mutant ${name} survives ${killedBy}`;
    if (isBreakdown(outcome.message))
      return `the mutant ${name} is not judged by ${killedBy}: ${outcome.message}`;
    this.#run.onKilled?.(mutant, outcome);
    return undefined;
  }

  #soundly(who: string, played: Case, bench: Bench): Promise<Outcome | undefined> {
    const key = `${who} ${played.id}`;
    const known = this.#sound.get(key);
    if (known !== undefined) return known;
    const hasPassed = this.#run.passed?.has(key) === true;
    const outcome = hasPassed ? Promise.resolve(undefined) : bench.play(played);
    this.#sound.set(key, outcome);
    return outcome;
  }
}

export async function runMutants(run: MutantRun): Promise<MutantCounts> {
  const { mutants = planted, languages, tls } = run;
  const node = languages.find(({ name }) => name === "node");
  if (node === undefined)
    return { planted: 0, killed: 0, problems: ["no mutant is planted: there is no language node"] };
  const verdicts = new Verdicts(run, node);
  const problems: string[] = [];
  const queue = [...mutants];
  const lane = async (): Promise<void> => {
    const bench = new Bench(node, tls);
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const problem = await verdicts.of(mutant, bench);
      if (problem !== undefined) problems.push(problem);
    }
    await bench.close();
  };
  await Promise.all(Array.from({ length: Math.min(LANES, mutants.length) }, lane));
  return { planted: mutants.length, killed: mutants.length - problems.length, problems };
}
