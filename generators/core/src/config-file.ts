/**
 * Finds and reads `nexus.config.{ts,js,mjs,json,yaml,yml}`, in the folder it is asked for or the nearest one above.
 * What the values mean is config.ts's business.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseConfig } from "./config.ts";
import { displayPath, errorAt, type Problem } from "./problem.ts";
import type { Project } from "./project.ts";

export const configFileNames = [
  "nexus.config.ts",
  "nexus.config.js",
  "nexus.config.mjs",
  "nexus.config.json",
  "nexus.config.yaml",
  "nexus.config.yml",
] as const;

export type ProjectResult =
  | { readonly kind: "project"; readonly project: Project }
  /** No file was named and none was found. */
  | { readonly kind: "absent" }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

/** Reads the named config file, or looks for one from `workingFolder` upwards. */
export async function readProject(
  workingFolder: string,
  file: string | undefined,
): Promise<ProjectResult> {
  if (file === undefined) {
    const found = findConfigFiles(workingFolder);
    const [first, second] = found;
    if (first === undefined) return { kind: "absent" };
    if (second !== undefined) {
      const names = found.map((one) => displayPath(one, workingFolder)).join(" and ");
      return failure(names, "there is more than one config file", "keep one, or use --config");
    }
    return readFrom(first, workingFolder);
  }
  const place = resolve(workingFolder, file);
  if (statSync(place, { throwIfNoEntry: false })?.isFile() !== true) {
    return failure(displayPath(place, workingFolder), "there is no such config file");
  }
  return readFrom(place, workingFolder);
}

function findConfigFiles(start: string): string[] {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const found = configFileNames
      .map((name) => join(folder, name))
      .filter((file) => existsSync(file));
    if (found.length > 0 || dirname(folder) === folder) return found;
  }
}

async function readFrom(file: string, workingFolder: string): Promise<ProjectResult> {
  const shown = displayPath(file, workingFolder);
  let value: unknown;
  try {
    value = await readValue(file);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return failure(shown, `the file cannot be read: ${message}`, "correct its syntax");
  }
  const result = parseConfig(value, shown);
  if (result.kind === "problems") return result;
  const { inputs, roots, targets } = result.config;
  return {
    kind: "project",
    project: {
      base: dirname(file),
      workingFolder,
      file,
      inputs,
      ...(roots === undefined ? {} : { roots }),
      targets,
    },
  };
}

async function readValue(file: string): Promise<unknown> {
  switch (extname(file)) {
    case ".json":
      return JSON.parse(readFileSync(file, "utf8"));
    case ".yaml":
    case ".yml":
      return (await import("yaml")).parse(readFileSync(file, "utf8"));
    default: {
      // The time of the last change keeps `--watch` from seeing the module that was loaded first.
      const url = `${pathToFileURL(file).href}?${statSync(file).mtimeMs}`;
      const loaded: { readonly default?: unknown; readonly config?: unknown } = await import(url);
      const value = loaded.default ?? loaded.config;
      if (value === undefined) throw new Error("it exports neither a default nor `config`");
      return value;
    }
  }
}

function failure(place: string, message: string, help?: string): ProjectResult {
  return { kind: "problems", problems: [errorAt(place, message, help)] };
}
