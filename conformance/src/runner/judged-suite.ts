/** Everything that a run is judged by: the committed suite, unless a test of the runner brings a small one of its own. */
import { mutants } from "../mutants/index.ts";
import type { Mutant } from "../mutants/mutant.ts";
import { type KnownFailure, knownFailures } from "./known.ts";
import { type Language, languages } from "./languages.ts";
import { loadTemplates } from "./load.ts";
import { type Locks, readLocks } from "./locks.ts";
import { specProblems } from "./spec-map.ts";
import type { Template } from "./template.ts";

export interface JudgedSuite {
  readonly templates: readonly Template[];
  readonly languages: readonly Language[];
  readonly known: readonly KnownFailure[];
  readonly mutants: readonly Mutant[];
  /** Read when they are needed: `--lock` writes them before. */
  locks(): Locks;
  specProblems(templates: readonly Template[]): readonly string[];
}

/** `manifests` are of languages beside those of the project. Without the language node no mutant can be planted. */
export function committedSuite(manifests: readonly string[] = []): JudgedSuite {
  const known = languages(manifests);
  return {
    templates: loadTemplates(),
    languages: known,
    known: knownFailures(),
    mutants: known.some(({ name }) => name === "node") ? mutants : [],
    locks: readLocks,
    specProblems,
  };
}
