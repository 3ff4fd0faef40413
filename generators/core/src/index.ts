export { type Config, configJsonSchema, parseConfig, type TargetConfig } from "./config.ts";
export { configFileNames, type ProjectResult, readProject } from "./config-file.ts";
export { type Explanation, explain, stageNames } from "./explain.ts";
export {
  type GenerateOptions,
  type GenerateResult,
  generate,
  type TargetOutcome,
} from "./generate.ts";
export type * from "./language.ts";
export { type Loaded, type LoadRequest, load } from "./load.ts";
export { type Manifest, manifestName } from "./manifest.ts";
export type { Plan, PlanAction, PlanEntry, PlanReason } from "./plan.ts";
export { displayPath, formatProblem, hasErrors, type Problem, problemOf } from "./problem.ts";
export {
  type CommandLineProject,
  type LanguageSource,
  type Project,
  projectOfFlags,
} from "./project.ts";
export { type LoadedSchema, loadSchema } from "./schema.ts";
export { runStages, type Stages, type TargetStages } from "./stages.ts";
export { didYouMean, nearest } from "./suggestion.ts";
export { type WatchOptions, type WatchRun, watchGenerate } from "./watch.ts";
