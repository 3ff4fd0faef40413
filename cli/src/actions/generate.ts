/** Runs `nexus generate`: chooses the project, runs the pipeline once or on every change, and prints what came of it. */
import { existsSync } from "node:fs";
import { languages } from "@nexus-bridge/generate";
import {
  explain,
  formatProblem,
  type GenerateOptions,
  type GenerateResult,
  generate,
  hasErrors,
  type PlanEntry,
  type Problem,
  type Project,
  projectOfFlags,
  readProject,
  runStages,
  watchGenerate,
} from "@nexus-bridge/generate-core";
import type { GenerateFlags } from "../commands/generate.ts";
import { Failure, SilentFailure, usageFailure } from "../failure.ts";
import { note, print, printJson } from "../output.ts";

export async function runGenerate(
  operands: readonly string[],
  flags: GenerateFlags,
): Promise<void> {
  const type = flags.explain === undefined ? undefined : operands.find(isTypeName);
  const files = operands.filter((operand) => operand !== type);
  checkUsage(files, flags);
  if (flags.watch === true) return watchUntilInterrupted(files, flags);
  const project = await chooseProject(files, flags);
  if (!("inputs" in project)) {
    printProblems(project, flags);
    throw new SilentFailure("the configuration has problems");
  }
  if (flags.explain !== undefined) return printStage(project, flags.explain, type);
  const result = await generate(project, optionsOf(flags));
  printResult(result, flags);
  if (!result.isOk) throw new SilentFailure("generation failed");
}

/** `--explain model Order`: what looks like a type and is no file. */
function isTypeName(operand: string): boolean {
  return /^[A-Za-z_][\w.]*$/.test(operand) && !operand.endsWith(".proto") && !existsSync(operand);
}

function checkUsage(files: readonly string[], flags: GenerateFlags): void {
  if (files.length > 0) {
    if (flags.lang === undefined) {
      throw usageFailure(
        "files need --lang, for example: nexus generate --lang python orders.proto",
      );
    }
    if (flags.config !== undefined) {
      throw usageFailure("name files or --config, not both: the config has inputs of its own");
    }
    return;
  }
  for (const name of ["out", "package"] as const) {
    if (flags[name] !== undefined) {
      throw usageFailure(`--${name} is for named files; a config has it in its targets`);
    }
  }
}

/** The project of the flags, or of the config file narrowed to `--lang`. */
async function chooseProject(
  files: readonly string[],
  flags: GenerateFlags,
): Promise<Project | readonly Problem[]> {
  const workingFolder = process.cwd();
  if (files.length > 0) {
    return projectOfFlags({
      workingFolder,
      files,
      languages: flags.lang ?? [],
      out: flags.out ?? "gen",
      ...(flags.package === undefined ? {} : { package: flags.package }),
    });
  }
  const read = await readProject(workingFolder, flags.config);
  switch (read.kind) {
    case "problems":
      return read.problems;
    case "absent":
      throw usageFailure(
        'there is no nexus.config.* here or above: run "nexus init", or name files and --lang',
      );
    case "project":
      return narrow(read.project, flags.lang);
    default:
      return read satisfies never;
  }
}

function narrow(project: Project, names: readonly string[] | undefined): Project {
  if (names === undefined) return project;
  const targets = project.targets.filter((target) => names.includes(target.language));
  const missing = names.find((name) => targets.every((target) => target.language !== name));
  if (missing !== undefined) {
    throw usageFailure(`--lang ${missing}: the config has no target for it; add one to "targets"`);
  }
  return { ...project, targets };
}

function optionsOf(flags: GenerateFlags): GenerateOptions {
  return {
    languages,
    mode: flags.check === true ? "check" : "apply",
    force: flags.force === true,
  };
}

async function printStage(
  project: Project,
  stage: string,
  type: string | undefined,
): Promise<void> {
  const stages = await runStages(project, { languages, force: false });
  const explained = explain(stages, stage, type);
  if (explained.kind === "fault") throw new Failure(explained.message, explained.exitCode);
  print(explained.text);
}

async function watchUntilInterrupted(
  files: readonly string[],
  flags: GenerateFlags,
): Promise<void> {
  const first = await chooseProject(files, flags);
  const configFile = "inputs" in first ? first.file : flags.config;
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const runs = watchGenerate({
    ...optionsOf(flags),
    read: () => chooseProject(files, flags),
    ...(configFile === undefined ? {} : { configFile }),
    signal: stop.signal,
  });
  for await (const run of runs) {
    if (run.result === undefined) printProblems(run.problems, flags);
    else printResult(run.result, flags);
    if (flags.json !== true) note("watching; Ctrl-C ends");
  }
}

/** More than a person reads at once; `--json` prints all. */
const problemsShownMax = 100;

function printProblems(problems: readonly Problem[], flags: GenerateFlags): void {
  if (flags.json === true) {
    printJson({ ok: false, changed: false, problems, targets: [] });
    return;
  }
  const errors = problems.filter((problem) => problem.severity === "error");
  const warnings = problems.filter((problem) => problem.severity === "warning");
  const shown = [...errors, ...warnings].slice(0, problemsShownMax);
  for (const problem of shown) note(formatProblem(problem));
  if (shown.length < problems.length) {
    note(`and ${problems.length - shown.length} more; --json prints all`);
  }
}

function printResult(result: GenerateResult, flags: GenerateFlags): void {
  if (flags.json === true) {
    const targets = result.targets.map(({ language, folder, entries }) => ({
      language,
      folder,
      files: entries.map(({ path, action, reason }) => ({ path, action, reason })),
    }));
    const { isOk: ok, isChanged: changed, problems } = result;
    printJson({ ok, changed, problems, targets });
    return;
  }
  printProblems(result.problems, flags);
  for (const { language, folder, entries } of result.targets) {
    if (flags.check === true) printStale(folder, entries);
    else if (result.isOk) print(`${folder}: ${language}, ${countsOf(entries)}`);
  }
  if (flags.check !== true || hasErrors(result.problems)) return;
  if (result.isOk) print("everything is fresh");
  else note('run "nexus generate" and commit what it writes');
}

function printStale(folder: string, entries: readonly PlanEntry[]): void {
  for (const entry of entries) {
    if (entry.reason === "same" || entry.reason === "version") continue;
    note(`${folder}/${entry.path}: ${entry.reason}`);
  }
}

const verbs = {
  create: "created",
  update: "updated",
  delete: "deleted",
  same: "unchanged",
} as const;

function countsOf(entries: readonly PlanEntry[]): string {
  const parts = Object.entries(verbs).flatMap(([action, verb]) => {
    const count = entries.filter((entry) => entry.action === action).length;
    return count === 0 ? [] : [`${count} ${verb}`];
  });
  return parts.length === 0 ? "no files" : parts.join(", ");
}
