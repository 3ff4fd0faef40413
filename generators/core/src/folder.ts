/**
 * What one output folder holds now, as far as a plan has to know it: the manifest and hashes. Reads only; links that
 * lead out of the folder, and folders where a file must be, are refused here.
 */
import { lstatSync, readFileSync, realpathSync, type Stats } from "node:fs";
import { dirname, join } from "node:path";
import { contains } from "./inputs.ts";
import { hashOf, manifestName, parseManifest } from "./manifest.ts";
import type { FolderState } from "./plan.ts";
import { errorAt, type Problem } from "./problem.ts";

export type FolderStateResult =
  | { readonly kind: "state"; readonly state: FolderState }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

/** Reads the manifest and the hashes of the manifest's files and of `paths`. */
export function readFolder(
  folder: string,
  paths: readonly string[],
  options: { readonly language: string; readonly shown: string; readonly force: boolean },
): FolderStateResult {
  const problems: Problem[] = [];
  const manifestText = readText(join(folder, manifestName));
  const parsed = manifestText === undefined ? undefined : parseManifest(manifestText);
  if (parsed?.kind === "fault" && !options.force) {
    return {
      kind: "problems",
      problems: [
        errorAt(
          `${options.shown}/${manifestName}`,
          `the manifest of earlier output is broken: ${parsed.message}`,
          "restore the file, or use --force to write a new one (orphaned files then stay)",
        ),
      ],
    };
  }
  const manifest = parsed?.kind === "manifest" ? parsed.manifest : undefined;
  if (manifest !== undefined && manifest.language !== options.language && !options.force) {
    const message = `the folder holds the output for ${manifest.language}, which ${options.language} would replace`;
    const help = "choose another folder, or use --force to replace it";
    return { kind: "problems", problems: [errorAt(options.shown, message, help)] };
  }
  const hashes = new Map<string, string>();
  for (const path of new Set([...paths, ...(manifest?.files.keys() ?? [])])) {
    const file = join(folder, path);
    const fault = placeFault(folder, file);
    if (fault !== undefined) problems.push(errorAt(`${options.shown}/${path}`, fault));
    else {
      const bytes = readBytes(file);
      if (bytes !== undefined) hashes.set(path, hashOf(bytes));
    }
  }
  if (problems.length > 0) return { kind: "problems", problems };
  return {
    kind: "state",
    state: {
      ...(manifest === undefined ? {} : { manifest }),
      ...(manifestText === undefined ? {} : { manifestText }),
      hashes,
    },
  };
}

/** A link or a folder where a file should be, or a parent that leads elsewhere. */
function placeFault(folder: string, file: string): string | undefined {
  const status = statusOf(file);
  if (status?.isSymbolicLink() === true) return "a symbolic link is in the way; remove it";
  if (status?.isDirectory() === true) return "a folder is in the way; remove it";
  for (let parent = dirname(file); contains(folder, parent); parent = dirname(parent)) {
    const found = statusOf(parent);
    if (found === undefined) continue;
    if (!found.isDirectory() && !found.isSymbolicLink()) {
      return "a file is where a folder must be; remove it";
    }
    if (!contains(realpathSync(folder), realpathSync(parent))) {
      return "a symbolic link leads out of the output folder; remove it";
    }
    break;
  }
  return undefined;
}

/** Undefined where nothing is, also below what is no folder. */
function statusOf(file: string): Stats | undefined {
  return orAbsent(() => lstatSync(file));
}

function readText(file: string): string | undefined {
  const bytes = readBytes(file);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

function readBytes(file: string): Uint8Array | undefined {
  return orAbsent(() => readFileSync(file));
}

function orAbsent<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
