/**
 * `nexus generate` as one function: runs the stages and either writes what they planned or, under check, says what is
 * stale. Nothing is written for any target while one target has a problem.
 */
import { applyPlan } from "./apply.ts";
import { type PlanEntry, staleEntries } from "./plan.ts";
import { displayPath, errorAt, hasErrors, type Problem } from "./problem.ts";
import type { LanguageSource, Project } from "./project.ts";
import { runStages, type Stages, type TargetStages } from "./stages.ts";

export interface GenerateOptions {
  readonly languages: readonly LanguageSource[];
  /** `check` writes nothing and fails where something would have been written. */
  readonly mode: "apply" | "check";
  /** Overwrite what was edited by hand or is in the way. */
  readonly force?: boolean;
}

export interface TargetOutcome {
  readonly language: string;
  /** The output folder as a person sees it from the working folder. */
  readonly folder: string;
  readonly entries: readonly PlanEntry[];
}

export interface GenerateResult {
  /** False where there is an error, or under check something is stale. */
  readonly isOk: boolean;
  /** True where something was written or, under check, would have to be. */
  readonly isChanged: boolean;
  readonly problems: readonly Problem[];
  readonly targets: readonly TargetOutcome[];
  readonly stages: Stages;
}

export async function generate(
  project: Project,
  options: GenerateOptions,
): Promise<GenerateResult> {
  const force = options.force ?? false;
  const stages = await runStages(project, { languages: options.languages, force });
  const outcomes = stages.targets.map((target) => outcomeOf(target, project));
  const problems = [...stages.problems];
  if (options.mode === "check") {
    const isStale = stages.targets.some(
      (target) => target.plan !== undefined && staleEntries(target.plan).length > 0,
    );
    const isOk = !hasErrors(problems) && !isStale;
    return { isOk, isChanged: isStale, problems, targets: outcomes, stages };
  }
  for (const outcome of outcomes) problems.push(...refusals(outcome));
  if (!hasErrors(problems)) problems.push(...applyAll(stages, project));
  const isOk = !hasErrors(problems);
  const isChanged =
    isOk && outcomes.some(({ entries }) => entries.some((entry) => entry.action !== "same"));
  return { isOk, isChanged, problems, targets: outcomes, stages };
}

/** A disk that is full or forbids writing is the user's to mend, like any other problem. */
function applyAll(stages: Stages, project: Project): Problem[] {
  for (const target of stages.targets) {
    if (target.plan === undefined) continue;
    try {
      applyPlan(target.folder, target.plan);
    } catch (error) {
      if (!(error instanceof Error && "syscall" in error)) throw error;
      return [errorAt(displayPath(target.folder, project.workingFolder), error.message)];
    }
  }
  return [];
}

function outcomeOf(target: TargetStages, project: Project): TargetOutcome {
  return {
    language: target.target.language,
    folder: displayPath(target.folder, project.workingFolder),
    entries: target.plan?.entries ?? [],
  };
}

function refusals(outcome: TargetOutcome): Problem[] {
  return outcome.entries
    .filter((entry) => entry.action === "refuse")
    .map((entry) =>
      errorAt(
        `${outcome.folder}/${entry.path}`,
        entry.reason === "edited"
          ? "the generated file was edited since nexus wrote it"
          : "a file that nexus did not write is in the way",
        "move your changes elsewhere, or use --force to overwrite them",
      ),
    );
}
