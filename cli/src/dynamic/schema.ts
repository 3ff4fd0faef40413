/** Finds the schema of a command that sends or shows messages: `--schema`, else the config's inputs. */
import {
  formatProblem,
  hasErrors,
  loadSchema,
  type Project,
  readProject,
} from "@nexus-bridge/generate-core";
import type { Model } from "@nexus-bridge/schema";
import { Failure } from "../failure.ts";

export interface SchemaFlags {
  readonly schema?: readonly string[];
  readonly config?: string;
}

/** The model, or undefined where neither a flag nor a config file names a schema. */
export async function findModel(flags: SchemaFlags): Promise<Model | undefined> {
  const source = await findSource(flags);
  if (source === undefined) return undefined;
  const { model, problems } = loadSchema(source);
  if (model === undefined || hasErrors(problems)) {
    throw new Failure(`the schema has problems:\n${problems.map(formatProblem).join("\n")}`);
  }
  return model;
}

export type Source = Pick<Project, "base" | "workingFolder" | "inputs" | "roots">;

/** Where the schema is, or undefined where neither a flag nor a config file says. */
export async function findSource(flags: SchemaFlags): Promise<Source | undefined> {
  const workingFolder = process.cwd();
  if (flags.schema !== undefined) {
    return { base: workingFolder, workingFolder, inputs: flags.schema };
  }
  const read = await readProject(workingFolder, flags.config);
  switch (read.kind) {
    case "project":
      return read.project;
    case "absent":
      return undefined;
    case "problems":
      throw new Failure(read.problems.map(formatProblem).join("\n"));
    default:
      return read satisfies never;
  }
}
