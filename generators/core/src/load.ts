/**
 * The first stage: finds the schema files of a project and everything they import, inside the roots and nowhere else.
 * The only stage that reads schemas from disk; it understands nothing of them but their import statements.
 */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Diagnostic, importsOf, isBuiltin, type SourceFile } from "@nexus-bridge/schema";
import { contains, type Input, resolveInputs } from "./inputs.ts";
import { displayPath, errorAt, type Problem } from "./problem.ts";
import { byCodeUnit, relativePathFault } from "./relative-path.ts";

/** A schema file that is longer is no schema. */
export const fileBytesMax = 4 * 1024 * 1024;
/** Files of one run, imports included. */
export const filesMax = 2_000;

export interface LoadRequest {
  /** The folder that `inputs` and `roots` are relative to. */
  readonly base: string;
  readonly inputs: readonly string[];
  /** Folders that imports are looked up in, in this order; without them the inputs say. */
  readonly roots?: readonly string[];
  /** The folder that places are shown relative to. */
  readonly workingFolder: string;
}

export interface Loaded {
  /** By import path. */
  readonly files: readonly SourceFile[];
  /** Import paths of the files that were named, as opposed to those only imported. */
  readonly inputs: readonly string[];
  /** Import path to absolute file. */
  readonly locations: ReadonlyMap<string, string>;
  /** The absolute roots. */
  readonly roots: readonly string[];
  /** Faults of import statements; `file` is an import path. */
  readonly diagnostics: readonly Diagnostic[];
  readonly problems: readonly Problem[];
}

interface Wanted {
  readonly path: string;
  readonly file: string;
  readonly root: string;
}

export function load(request: LoadRequest): Loaded {
  const { inputs, roots, problems } = resolveInputs(request);
  const loading = new Map<string, SourceFile>();
  const locations = new Map<string, string>();
  const pathByRealFile = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  const found = [...problems];
  const queue: Wanted[] = inputs.map((input) => wantedOf(input));

  for (const wanted of queue) {
    if (loading.has(wanted.path)) continue;
    if (loading.size >= filesMax) {
      found.push(
        errorAt(undefined, `more than ${filesMax} schema files in one run`, "name fewer inputs"),
      );
      break;
    }
    const shown = displayPath(wanted.file, request.workingFolder);
    const text = readSource(wanted, shown, pathByRealFile);
    if (typeof text !== "string") {
      found.push(text);
      continue;
    }
    const source: SourceFile = { path: wanted.path, text };
    loading.set(wanted.path, source);
    locations.set(wanted.path, wanted.file);
    for (const statement of importsOf(source)) {
      if (isBuiltin(statement.path) || loading.has(statement.path)) continue;
      const next = findImport(statement.path, roots, request.workingFolder);
      if (next.kind === "found") queue.push(next.wanted);
      else {
        diagnostics.push({
          severity: "error",
          rule: next.rule,
          file: wanted.path,
          position: statement.position,
          message: next.message,
          help: next.help,
        });
      }
    }
  }
  return {
    files: [...loading.values()].sort((left, right) => byCodeUnit(left.path, right.path)),
    inputs: inputs.map((input) => input.path).sort(byCodeUnit),
    locations,
    roots,
    diagnostics,
    problems: found,
  };
}

function wantedOf(input: Input): Wanted {
  return { path: input.path, file: input.file, root: input.root };
}

/** A file that may not be read is a problem like any other. */
function readSource(
  wanted: Wanted,
  shown: string,
  pathByRealFile: Map<string, string>,
): string | Problem {
  try {
    return readText(wanted, shown, pathByRealFile);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    return errorAt(shown, error.message);
  }
}

function readText(
  wanted: Wanted,
  shown: string,
  pathByRealFile: Map<string, string>,
): string | Problem {
  const real = realpathSync(wanted.file);
  if (!contains(realpathSync(wanted.root), real)) {
    return errorAt(shown, "a symbolic link leads out of the root", "copy the file into the root");
  }
  const known = pathByRealFile.get(real);
  if (known !== undefined) {
    return errorAt(
      shown,
      `the same file is reached as "${known}" and as "${wanted.path}"`,
      "import it by one path, or give `roots` that do not lie in each other",
    );
  }
  pathByRealFile.set(real, wanted.path);
  const bytes = readFileSync(real);
  if (bytes.length > fileBytesMax) {
    return errorAt(shown, `the file is larger than ${fileBytesMax} bytes`, "split it");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return errorAt(shown, "the file is not UTF-8", "save it as UTF-8");
  }
}

type Import =
  | { readonly kind: "found"; readonly wanted: Wanted }
  | {
      readonly kind: "fault";
      readonly rule: string;
      readonly message: string;
      readonly help: string;
    };

function findImport(path: string, roots: readonly string[], workingFolder: string): Import {
  const fault = relativePathFault(path);
  if (fault !== undefined) {
    return {
      kind: "fault",
      rule: "import-path",
      message: `the import ${JSON.stringify(path)} ${fault}`,
      help: "write the path from a root, with `/`, for example orders/v1/orders.proto",
    };
  }
  for (const root of roots) {
    const file = join(root, ...path.split("/"));
    const status = statSync(file, { throwIfNoEntry: false });
    if (status?.isFile() !== true) continue;
    if (!contains(realpathSync(root), realpathSync(file))) {
      return {
        kind: "fault",
        rule: "import-path",
        message: `the import "${path}" leads out of the root through a symbolic link`,
        help: "copy the file into the root, or add its folder to `roots`",
      };
    }
    return { kind: "found", wanted: { path, file, root } };
  }
  const folders = roots.map((root) => displayPath(root, workingFolder)).join(", ");
  return {
    kind: "fault",
    rule: "import-not-found",
    message: `the import "${path}" is not there`,
    help: `looked in ${folders === "" ? "no root" : folders}; correct the path or add a root (\`roots\` of nexus.config.*)`,
  };
}
