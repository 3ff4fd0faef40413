/** Loads the older version of a schema: a file, a folder, or the schema as one commit of git has it. */
import { existsSync, realpathSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { displayPath, hasErrors, loadSchema, type Problem } from "@nexus-bridge/generate-core";
import type { Model } from "@nexus-bridge/schema";
import type { Source } from "./dynamic/schema.ts";
import { usageFailure } from "./failure.ts";
import { type GitTree, readGitTree } from "./git-tree.ts";

export type OldSchema =
  | {
      readonly kind: "schema";
      readonly model: Model;
      /** What a file is called to people, by its import path. */
      readonly display: (path: string) => string;
    }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

/** What is there as a file or folder is taken as such; everything else must be something that git knows. */
export function loadAgainst(against: string, source: Source): OldSchema {
  const { workingFolder } = source;
  if (existsSync(resolve(workingFolder, against))) {
    return read({ base: workingFolder, workingFolder, inputs: [against] }, "");
  }
  using tree = readGitTree(against, workingFolder);
  return read(sourceIn(tree, source, against), `${against}:`);
}

function read(source: Source, prefix: string): OldSchema {
  const { model, problems, loaded } = loadSchema(source);
  if (model === undefined || hasErrors(problems)) {
    const shown = problems.map((problem) =>
      problem.place === undefined ? problem : { ...problem, place: `${prefix}${problem.place}` },
    );
    return { kind: "problems", problems: shown };
  }
  const display = (path: string): string =>
    `${prefix}${displayPath(loaded.locations.get(path) ?? path, source.workingFolder)}`;
  return { kind: "schema", model, display };
}

/** The same inputs and roots, in the commit. An input that it does not have yet is new. */
function sourceIn(tree: GitTree, source: Source, against: string): Source {
  const place = (path: string): string => {
    const file = resolve(realpathSync(source.base), path);
    const inside = relative(tree.repository, file);
    if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
      throw usageFailure(`${path} lies outside the git repository: name a folder after --against`);
    }
    return join(tree.folder, inside);
  };
  const inputs = source.inputs.map(place).filter((file) => existsSync(file));
  if (inputs.length === 0) {
    throw usageFailure(`"${against}" has none of ${source.inputs.join(", ")}: nothing to compare`);
  }
  const roots = source.roots?.map(place).filter((folder) => existsSync(folder));
  return {
    base: tree.folder,
    workingFolder: tree.folder,
    inputs,
    ...(roots === undefined ? {} : { roots }),
  };
}
