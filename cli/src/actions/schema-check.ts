/** Runs `nexus schema check`: loads the schema and the version to compare with, and prints what is found. */
import { formatProblem, hasErrors, loadSchema, type Problem } from "@nexus-bridge/generate-core";
import { type Comparison, compareModels, isWorse } from "@nexus-bridge/schema";
import { loadAgainst, type OldSchema } from "../against.ts";
import type { SchemaCheckFlags } from "../commands/schema.ts";
import { findSource } from "../dynamic/schema.ts";
import { Failure, SilentFailure, usageFailure } from "../failure.ts";
import { findingsOf, formatFinding } from "../findings.ts";
import { note, print, printJson } from "../output.ts";

export async function runSchemaCheck(
  files: readonly string[],
  flags: SchemaCheckFlags,
): Promise<void> {
  if (files.length > 0 && flags.config !== undefined) {
    throw usageFailure("name files or --config, not both: the config has inputs of its own");
  }
  const source = await findSource({
    ...(files.length === 0 ? {} : { schema: files }),
    ...(flags.config === undefined ? {} : { config: flags.config }),
  });
  if (source === undefined) {
    throw usageFailure('there is no nexus.config.* here or above: name files, or run "nexus init"');
  }
  const { model, problems, loaded } = loadSchema(source);
  if (model === undefined || hasErrors(problems)) return refuse(problems, flags);
  if (flags.against === undefined) return printInOrder(loaded.inputs.length, problems, flags);
  const old = await loadAgainst(flags.against, source, flags);
  if (old.kind === "problems") {
    throw new Failure(
      `"${flags.against}" has problems of its own:\n${old.problems.map(formatProblem).join("\n")}`,
    );
  }
  const comparison = compareModels(old.model, model);
  printComparison({ comparison, old, problems, locations: loaded.locations }, flags);
  const isFailed = !isWorse(flags.failOn, comparison.verdict);
  if (isFailed) throw new SilentFailure(`the change is ${comparison.verdict}`);
}

function refuse(problems: readonly Problem[], flags: SchemaCheckFlags): never {
  if (flags.json === true) printJson({ ok: false, problems });
  else for (const problem of problems) note(formatProblem(problem));
  throw new SilentFailure("the schema has problems");
}

function printInOrder(count: number, problems: readonly Problem[], flags: SchemaCheckFlags): void {
  if (flags.json === true) {
    printJson({ ok: true, problems });
    return;
  }
  for (const problem of problems) note(formatProblem(problem));
  print(`${count} ${count === 1 ? "file" : "files"}, no errors`);
}

interface Outcome {
  readonly comparison: Comparison;
  readonly old: Extract<OldSchema, { readonly kind: "schema" }>;
  readonly problems: readonly Problem[];
  /** Of the new version. */
  readonly locations: ReadonlyMap<string, string>;
}

function printComparison(outcome: Outcome, flags: SchemaCheckFlags): void {
  const { comparison, old, problems, locations } = outcome;
  const findings = findingsOf(comparison, { locations, old, workingFolder: process.cwd() });
  if (flags.json === true) {
    printJson({
      ok: isWorse(flags.failOn, comparison.verdict),
      verdict: comparison.verdict,
      against: flags.against,
      problems,
      changes: findings,
      subjects: comparison.subjects.map(({ kind, name, verdict }) => ({ kind, name, verdict })),
    });
    return;
  }
  for (const problem of problems) note(formatProblem(problem));
  for (const finding of findings) {
    if (finding.verdict !== "compatible") note(formatFinding(finding));
  }
  print(`${comparison.verdict}${countsText(comparison)}`);
}

function countsText({ changes }: Comparison): string {
  const parts = (["breaking", "lossy", "compatible"] as const).flatMap((verdict) => {
    const count = changes.filter((change) => change.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  });
  return parts.length === 0 ? "" : `: ${parts.join(", ")}`;
}
