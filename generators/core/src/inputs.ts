/**
 * Turns what a person named (files, folders, roots) into schema files with the import path each is known by. Where no
 * root is given, a folder is its own root, and a file's root is the nearest folder above it in which its imports are.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { importsOf, isBuiltin } from "@nexus-bridge/schema";
import { displayPath, errorAt, type Problem } from "./problem.ts";
import { byCodeUnit, relativePathFault } from "./relative-path.ts";

/** How many folders above a file are tried as its root. */
const chainLengthMax = 16;
/** How deep an input folder may nest. */
const folderDepthMax = 32;

export interface Input {
  readonly path: string;
  readonly file: string;
  readonly root: string;
}

export interface InputRequest {
  readonly base: string;
  readonly inputs: readonly string[];
  readonly roots?: readonly string[];
  readonly workingFolder: string;
}

export interface Inputs {
  readonly inputs: readonly Input[];
  readonly roots: readonly string[];
  readonly problems: readonly Problem[];
}

export function resolveInputs(request: InputRequest): Inputs {
  const problems: Problem[] = [];
  const named = collect(request, problems);
  const roots =
    request.roots === undefined
      ? impliedRoots(named, request.base)
      : givenRoots(request.roots, request, problems);
  const inputs: Input[] = [];
  for (const file of named.files) {
    const root = longestRoot(roots, file);
    if (root !== undefined) inputs.push({ path: slashed(relative(root, file)), file, root });
    else {
      const folders = roots.map((folder) => displayPath(folder, request.workingFolder)).join(", ");
      problems.push(
        errorAt(
          displayPath(file, request.workingFolder),
          `the input lies in none of the roots (${folders})`,
          "add its folder to `roots`",
        ),
      );
    }
  }
  return { inputs, roots, problems };
}

/** True where `file` is `folder` or lies below it, by name alone: callers resolve links first where that matters. */
export function contains(folder: string, file: string): boolean {
  const path = relative(folder, file);
  return path === "" || (path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path));
}

interface Named {
  /** Absolute, each once, in stable order. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
  readonly singles: readonly string[];
}

function collect(request: InputRequest, problems: Problem[]): Named {
  const files = new Set<string>();
  const folders: string[] = [];
  const singles: string[] = [];
  for (const input of request.inputs) {
    const place = resolve(request.base, input);
    const status = statSync(place, { throwIfNoEntry: false });
    const shown = displayPath(place, request.workingFolder);
    if (status === undefined) {
      problems.push(errorAt(shown, "there is no such file or folder", "correct the input's path"));
    } else if (status.isDirectory()) {
      const below = protoFilesBelow(place, 0);
      if (below.length === 0) {
        problems.push(errorAt(shown, "there is no .proto file in this folder", "name another one"));
      }
      folders.push(place);
      for (const file of below) files.add(file);
    } else if (place.endsWith(".proto")) {
      singles.push(place);
      files.add(place);
    } else {
      problems.push(
        errorAt(shown, "the input is no .proto file", "name .proto files or folders of them"),
      );
    }
  }
  return { files: [...files].sort(byCodeUnit), folders, singles };
}

/** Links to folders are not followed: a circle of them would have no end. */
function protoFilesBelow(folder: string, depth: number): string[] {
  if (depth > folderDepthMax) return [];
  const files: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const place = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...protoFilesBelow(place, depth + 1));
    else if (entry.name.endsWith(".proto") && isFile(place)) files.push(place);
  }
  return files;
}

/** Also where a link leads to one; a link that leads nowhere is none. */
function isFile(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isFile() === true;
}

function givenRoots(
  roots: readonly string[],
  request: InputRequest,
  problems: Problem[],
): readonly string[] {
  const folders: string[] = [];
  for (const root of roots) {
    const folder = resolve(request.base, root);
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) folders.push(folder);
    else {
      problems.push(
        errorAt(
          displayPath(folder, request.workingFolder),
          "the root is no folder",
          "correct `roots`",
        ),
      );
    }
  }
  return folders;
}

function impliedRoots(named: Named, base: string): readonly string[] {
  const roots = new Set(named.folders);
  const free: string[] = [];
  for (const file of named.singles) {
    const root = rootByImports(file, base);
    if (root === undefined) free.push(file);
    else roots.add(root);
  }
  // A file without imports says nothing of its root; it goes by the others'.
  for (const file of free) {
    if (longestRoot([...roots], file) === undefined) roots.add(dirname(file));
  }
  return [...roots];
}

function rootByImports(file: string, base: string): string | undefined {
  const text = readFileSync(file, "utf8");
  const wanted = importsOf({ path: file, text })
    .map((statement) => statement.path)
    .filter((path) => !isBuiltin(path) && relativePathFault(path) === undefined);
  if (wanted.length === 0) return undefined;
  const isInside = contains(base, file);
  let folder = dirname(file);
  for (let step = 0; step < chainLengthMax; step += 1) {
    const isComplete = wanted.every((path) => isFile(join(folder, path)));
    if (isComplete) return folder;
    const parent = dirname(folder);
    if (parent === folder || (isInside && !contains(base, parent))) break;
    folder = parent;
  }
  return dirname(file);
}

function longestRoot(roots: readonly string[], file: string): string | undefined {
  let best: string | undefined;
  for (const root of roots) {
    if (contains(root, file) && (best === undefined || root.length > best.length)) best = root;
  }
  return best;
}

function slashed(path: string): string {
  return path.split(sep).join("/");
}
