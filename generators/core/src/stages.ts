/**
 * The way of `nexus generate` up to the plan: load, compile, check, view, render, plan. Every stage's value is kept, so
 * that `--explain` can show it, and every stage's problems are collected. Writes nothing.
 */
import type { Compilation, Diagnostic, Model } from "@nexus-bridge/schema";
import { readFolder } from "./folder.ts";
import type { FileView, GeneratedFile } from "./language.ts";
import type { Loaded } from "./load.ts";
import { outputProblems, type Plan, planFolder } from "./plan.ts";
import { displayPath, hasErrors, type Problem, problemOf } from "./problem.ts";
import type { LanguageSource, Project } from "./project.ts";
import { loadSchema } from "./schema.ts";
import { type ResolvedTarget, resolveTargets } from "./target.ts";
import { generatorVersion } from "./version.ts";

export interface TargetStages extends ResolvedTarget {
  readonly views: readonly FileView[];
  readonly files: readonly GeneratedFile[];
  /** Absent where the output folder cannot be read or written. */
  readonly plan?: Plan;
}

export interface Stages {
  readonly project: Project;
  readonly loaded: Loaded;
  readonly compilation: Compilation;
  /** Empty where the schema has errors. */
  readonly targets: readonly TargetStages[];
  /** Of all stages, in the order of the stages. */
  readonly problems: readonly Problem[];
}

export interface StageOptions {
  readonly languages: readonly LanguageSource[];
  readonly force: boolean;
}

export async function runStages(project: Project, options: StageOptions): Promise<Stages> {
  const schema = loadSchema(project);
  const { loaded, compilation, model } = schema;
  const resolved = await resolveTargets(project, options.languages);
  const problems = [...resolved.problems, ...schema.problems];
  const targets: TargetStages[] = [];
  if (model !== undefined && !hasErrors(problems)) {
    for (const target of resolved.targets) {
      const run = runTarget(target, model, { project, force: options.force });
      problems.push(
        ...run.diagnostics.map((one) => problemOf(one, loaded.locations, project.workingFolder)),
        ...run.problems,
      );
      targets.push(run.stages);
    }
  }
  return { project, loaded, compilation, targets, problems };
}

interface TargetRun {
  readonly stages: TargetStages;
  readonly diagnostics: readonly Diagnostic[];
  readonly problems: readonly Problem[];
}

/** View, render and plan of one target; each only where the one before had no errors. */
function runTarget(
  target: ResolvedTarget,
  model: Model,
  options: { readonly project: Project; readonly force: boolean },
): TargetRun {
  const { folder, language } = target;
  const { views, diagnostics } = language.view(model, target.target);
  const isSpellable = diagnostics.every((diagnostic) => diagnostic.severity !== "error");
  const files = isSpellable ? language.render(views, target.target) : [];
  const shown = displayPath(folder, options.project.workingFolder);
  const problems = outputProblems(files, shown);
  const stages = { ...target, views, files };
  if (!isSpellable || problems.length > 0) return { stages, diagnostics, problems };
  const words = { language: target.target.language, force: options.force };
  const paths = files.map((file) => file.path);
  const state = readFolder(folder, paths, { ...words, shown });
  if (state.kind === "problems") return { stages, diagnostics, problems: state.problems };
  const plan = planFolder(files, state.state, { ...words, generator: generatorVersion() });
  return { stages: { ...stages, plan }, diagnostics, problems };
}
