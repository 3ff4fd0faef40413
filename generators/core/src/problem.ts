/**
 * One problem of a run, whatever stage found it: a fault of the schema with its position, a wrong key of the
 * configuration, a file in the way. Stages collect problems; nobody throws them.
 */
import { isAbsolute, relative } from "node:path";
import type { Diagnostic } from "@nexus-bridge/schema";

export interface Problem {
  readonly severity: "error" | "warning";
  /** Where: `file:line:column`, `nexus.config.json: targets[0].out`, or a path. */
  readonly place?: string;
  /** The compiler's name of the rule, where the problem is one of the schema. */
  readonly rule?: string;
  readonly message: string;
  /** What to do about it. */
  readonly help?: string;
}

export function errorAt(place: string | undefined, message: string, help?: string): Problem {
  return {
    severity: "error",
    ...(place === undefined ? {} : { place }),
    message,
    ...(help === undefined ? {} : { help }),
  };
}

/** As compilers print it, so that editors can jump to the place. */
export function formatProblem(problem: Problem): string {
  const place = problem.place === undefined ? "" : `${problem.place}: `;
  const help = problem.help === undefined ? "" : `\n  help: ${problem.help}`;
  return `${place}${problem.severity}: ${problem.message}${help}`;
}

/** A diagnostic names a file by its import path; `locations` gives the file on disk, which is what a person opens. */
export function problemOf(
  diagnostic: Diagnostic,
  locations: ReadonlyMap<string, string>,
  workingFolder: string,
): Problem {
  const location = locations.get(diagnostic.file);
  const file = location === undefined ? diagnostic.file : displayPath(location, workingFolder);
  const { line, column } = diagnostic.position;
  return {
    severity: diagnostic.severity,
    place: `${file}:${line}:${column}`,
    rule: diagnostic.rule,
    message: diagnostic.message,
    ...(diagnostic.help === undefined ? {} : { help: diagnostic.help }),
  };
}

/** Relative to the working folder where the file lies below it, otherwise absolute; always with `/`. */
export function displayPath(file: string, workingFolder: string): string {
  const path = relative(workingFolder, file);
  const shown = path === "" ? "." : path.startsWith("..") || isAbsolute(path) ? file : path;
  return shown.replaceAll("\\", "/");
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === "error");
}
