/**
 * The way of `nexus generate` up to the plan: load, compile, check, view, render, plan. Every stage's value is kept, so
 * that `--explain` can show it, and every stage's problems are collected. Writes nothing.
 */
import type { Compilation } from "@nexus-bridge/schema";
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
      const { views, diagnostics } = target.language.view(model, target.target);
      const faults = diagnostics.map((diagnostic) =>
        problemOf(diagnostic, loaded.locations, project.workingFolder),
      );
      problems.push(...faults);
      const files = hasErrors(faults) ? [] : target.language.render(views, target.target);
      const shown = displayPath(target.folder, project.workingFolder);
      const wrong = outputProblems(files, shown);
      problems.push(...wrong);
      const plan =
        hasErrors(faults) || hasErrors(wrong)
          ? undefined
          : planTarget(target.folder, shown, files, options.force);
      if (plan?.kind === "problems") problems.push(...plan.problems);
      targets.push({
        ...target,
        views,
        files,
        ...(plan?.kind === "plan" ? { plan: plan.plan } : {}),
      });
    }
  }
  return { project, loaded, compilation, targets, problems };
}

type TargetPlan =
  | { readonly kind: "plan"; readonly plan: Plan }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

function planTarget(
  folder: string,
  shown: string,
  files: readonly GeneratedFile[],
  force: boolean,
): TargetPlan {
  const paths = files.map((file) => file.path);
  const state = readFolder(folder, paths, { shown, force });
  if (state.kind === "problems") return state;
  return {
    kind: "plan",
    plan: planFolder(files, state.state, { generator: generatorVersion(), force }),
  };
}
