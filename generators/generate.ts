/** `nexus generate` for programs: a config file in, its targets written, one sentence out; problems are thrown. */
import {
  formatProblem,
  type GenerateResult,
  generate as generateProject,
  readProject,
} from "@nexus-bridge/generate-core";
import { languages } from "./languages.ts";

export interface GenerateRequest {
  /** The config file. */
  readonly config: string;
  /** Only targets of these languages; all without it. */
  readonly languages?: readonly string[];
  /** `check` writes nothing and throws where something is stale; `apply` is the default. */
  readonly mode?: "apply" | "check";
}

export interface GenerateSummary {
  /** For example `12 written, 30 unchanged`. */
  readonly summary: string;
  readonly result: GenerateResult;
}

/** Throws an `Error` that lists every problem. */
export async function generate(request: GenerateRequest): Promise<GenerateSummary> {
  const read = await readProject(process.cwd(), request.config);
  if (read.kind === "absent") throw new Error(`${request.config} is not there`);
  if (read.kind === "problems") throw new Error(read.problems.map(formatProblem).join("\n"));
  const names = request.languages;
  const targets = read.project.targets.filter(
    (target) => names === undefined || names.includes(target.language),
  );
  const mode = request.mode ?? "apply";
  const result = await generateProject({ ...read.project, targets }, { languages, mode });
  if (!result.isOk) throw new Error(faultsOf(result).join("\n"));
  const entries = result.targets.flatMap((target) => target.entries);
  const same = entries.filter((entry) => entry.action === "same").length;
  return { summary: `${entries.length - same} written, ${same} unchanged`, result };
}

function faultsOf(result: GenerateResult): string[] {
  const stale = result.targets.flatMap(({ folder, entries }) =>
    entries
      .filter((entry) => entry.reason !== "same" && entry.reason !== "version")
      .map((entry) => `${folder}/${entry.path}: ${entry.reason}`),
  );
  const errors = result.problems.filter((problem) => problem.severity === "error");
  return errors.length > 0 ? errors.map(formatProblem) : stale;
}
