/**
 * Makes targets out of their configuration: finds the language, checks its options, keeps two targets out of one folder.
 * It renders nothing.
 */
import { resolve } from "node:path";
import type { TargetConfig } from "./config.ts";
import type { Language, LanguageOption, Target } from "./language.ts";
import { displayPath, errorAt, type Problem } from "./problem.ts";
import type { LanguageSource, Project } from "./project.ts";
import { didYouMean } from "./suggestion.ts";

export interface ResolvedTarget {
  readonly target: Target;
  readonly language: Language;
  /** Absolute. */
  readonly folder: string;
}

export interface Targets {
  readonly targets: readonly ResolvedTarget[];
  readonly problems: readonly Problem[];
}

export async function resolveTargets(
  project: Project,
  sources: readonly LanguageSource[],
): Promise<Targets> {
  const problems: Problem[] = [];
  const targets: ResolvedTarget[] = [];
  const folders = new Map<string, number>();
  for (const [index, config] of project.targets.entries()) {
    const place = placeOf(project, index);
    const folder = resolve(project.base, config.out);
    const other = folders.get(folder);
    if (other !== undefined) {
      problems.push(
        errorAt(
          `${place}.out`,
          `targets[${other}] writes to the same folder`,
          "give each target a folder of its own",
        ),
      );
    }
    folders.set(folder, index);
    const source = sources.find((row) => row.name === config.language);
    if (source === undefined) {
      const names = sources.map((row) => row.name);
      problems.push(
        errorAt(
          `${place}.language`,
          `there is no generator for "${config.language}"`,
          didYouMean(config.language, names) ?? `the languages are ${names.join(", ")}`,
        ),
      );
      continue;
    }
    const language = await source.generator();
    const options = resolveOptions(language, config, place);
    problems.push(...options.problems);
    targets.push({ target: targetOf(config, options.values), language, folder });
  }
  return { targets, problems };
}

function placeOf(project: Project, index: number): string {
  if (project.file === undefined) return "--lang";
  return `${displayPath(project.file, project.workingFolder)}: targets[${index}]`;
}

function targetOf(config: TargetConfig, options: Readonly<Record<string, string>>): Target {
  return {
    language: config.language,
    out: config.out,
    ...(config.package === undefined ? {} : { package: config.package }),
    imports: config.imports ?? {},
    options,
  };
}

function resolveOptions(
  language: Language,
  config: TargetConfig,
  place: string,
): { readonly values: Readonly<Record<string, string>>; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const values: Record<string, string> = {};
  for (const option of language.options) values[option.name] = option.defaultValue;
  for (const [name, given] of Object.entries(config.options ?? {})) {
    const option = language.options.find((known) => known.name === name);
    if (option === undefined) {
      problems.push(unknownOption(language, name, place));
      continue;
    }
    const value = String(given);
    if (option.values !== undefined && !option.values.includes(value)) {
      problems.push(
        errorAt(
          `${place}.options.${name}`,
          `"${value}" is no value of this option`,
          `the values are ${option.values.join(", ")}`,
        ),
      );
      continue;
    }
    values[name] = value;
  }
  return { values, problems };
}

function unknownOption(language: Language, name: string, place: string): Problem {
  const names = language.options.map((option: LanguageOption) => option.name);
  return errorAt(
    `${place}.options.${name}`,
    `${language.name} has no option "${name}"`,
    didYouMean(name, names) ??
      (names.length === 0 ? "it has no options" : `its options are ${names.join(", ")}`),
  );
}
