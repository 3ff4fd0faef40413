/** Loads the older version of a schema: a file, a folder, a version of a router's registry, or the schema as a commit of git has it. */
import { existsSync, realpathSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { displayPath, hasErrors, loadSchema, type Problem } from "@nexus-bridge/generate-core";
import { compile, type Model } from "@nexus-bridge/schema";
import type { RegistryFlags } from "./commands/schema-registry.ts";
import type { Source } from "./dynamic/schema.ts";
import { Failure, usageFailure } from "./failure.ts";
import { type GitTree, readGitTree } from "./git-tree.ts";
import { withRegistry } from "./registry-client.ts";

/** What names a version in the registry of a router begins so. */
const REGISTRY = "router:";

export type OldSchema =
  | {
      readonly kind: "schema";
      readonly model: Model;
      /** What a file is called to people, by its import path. */
      readonly display: (path: string) => string;
    }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

/** What is there as a file or folder is taken as such, `router:` as a registry's; all else must be something that git knows. */
export async function loadAgainst(
  against: string,
  source: Source,
  flags: RegistryFlags,
): Promise<OldSchema> {
  const { workingFolder } = source;
  if (existsSync(resolve(workingFolder, against))) {
    return read({ base: workingFolder, workingFolder, inputs: [against] }, "");
  }
  if (against.startsWith(REGISTRY)) return readRegistry(against, flags);
  using tree = readGitTree(against, workingFolder);
  return read(sourceIn(tree, source, against), `${against}:`);
}

/** `router:orders` is the newest version of a subject, `router:orders@1.2.0` a certain one. */
async function readRegistry(against: string, flags: RegistryFlags): Promise<OldSchema> {
  const [subject = "", version = ""] = against.slice(REGISTRY.length).split("@", 2);
  if (subject === "") throw usageFailure("name a subject of the registry, as in router:orders");
  const { schema, version: found } = await withRegistry(flags, (registry, signal) =>
    registry.get({ subject, version }, { signal }),
  );
  const { files = [], inputs = [] } = schema ?? {};
  const { model } = compile(files, { inputs });
  if (model === undefined) throw new Failure(`${against}: the router's schema has problems`);
  const name = `${REGISTRY}${subject}@${found?.version ?? version}`;
  return { kind: "schema", model, display: (path) => `${name}:${path}` };
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
