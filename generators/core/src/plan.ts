/**
 * Decides what has to happen to one output folder so that it holds exactly what was rendered: create, update, delete,
 * same, or refuse. Pure: it compares three descriptions and touches no disk.
 */
import type { GeneratedFile } from "./language.ts";
import { formatManifest, hashOf, type Manifest, manifestName } from "./manifest.ts";
import { errorAt, type Problem } from "./problem.ts";
import { byCodeUnit, relativePathFault } from "./relative-path.ts";

export type PlanAction = "create" | "update" | "delete" | "same" | "refuse";

/**
 * `new`: not there yet · `missing`: written earlier, gone since · `changed`: the output differs · `orphan`: written
 * earlier, no longer part of the output · `edited`: changed by somebody since it was written · `foreign`: there, but
 * never written by nexus · `version`: only the generator's version in the manifest differs.
 */
export type PlanReason =
  | "new"
  | "missing"
  | "changed"
  | "orphan"
  | "edited"
  | "foreign"
  | "version"
  | "same";

export interface PlanEntry {
  readonly path: string;
  readonly action: PlanAction;
  readonly reason: PlanReason;
  /** What the file will hold; absent where it goes. */
  readonly text?: string;
}

export interface Plan {
  /** By path; the manifest is the last entry. */
  readonly entries: readonly PlanEntry[];
}

/** What is on disk: the manifest of earlier runs, and hashes of those files that the plan may touch. */
export interface FolderState {
  readonly manifest?: Manifest;
  readonly manifestText?: string;
  readonly hashes: ReadonlyMap<string, string>;
}

export interface PlanOptions {
  readonly language: string;
  readonly generator: string;
  /** Overwrite and delete what was edited or is in the way. */
  readonly force: boolean;
}

export function planFolder(
  files: readonly GeneratedFile[],
  state: FolderState,
  options: PlanOptions,
): Plan {
  const entries: PlanEntry[] = [];
  const written = new Map<string, string>();
  for (const file of files) {
    const hash = hashOf(file.text);
    written.set(file.path, hash);
    entries.push(planFile(file, hash, state, options));
  }
  for (const [path, hash] of state.manifest?.files ?? []) {
    if (written.has(path)) continue;
    const onDisk = state.hashes.get(path);
    if (onDisk === undefined) continue;
    if (onDisk === hash || options.force) {
      entries.push({ path, action: "delete", reason: onDisk === hash ? "orphan" : "edited" });
    } else entries.push({ path, action: "refuse", reason: "edited" });
  }
  entries.sort((left, right) => byCodeUnit(left.path, right.path));
  const { language, generator } = options;
  const manifest = planManifest({ language, generator, files: written }, state);
  return { entries: manifest === undefined ? entries : [...entries, manifest] };
}

function planFile(
  file: GeneratedFile,
  hash: string,
  state: FolderState,
  options: PlanOptions,
): PlanEntry {
  const { path, text } = file;
  const onDisk = state.hashes.get(path);
  const known = state.manifest?.files.get(path);
  if (onDisk === undefined) {
    return { path, text, action: "create", reason: known === undefined ? "new" : "missing" };
  }
  if (onDisk === hash) return { path, text, action: "same", reason: "same" };
  if (onDisk === known) return { path, text, action: "update", reason: "changed" };
  const reason = known === undefined ? "foreign" : "edited";
  return { path, text, action: options.force ? "update" : "refuse", reason };
}

function planManifest(next: Manifest, state: FolderState): PlanEntry | undefined {
  const text = formatManifest(next);
  const path = manifestName;
  if (state.manifestText === undefined) {
    return next.files.size === 0 ? undefined : { path, text, action: "create", reason: "new" };
  }
  if (state.manifestText === text) return { path, text, action: "same", reason: "same" };
  const isVersionOnly =
    state.manifest !== undefined &&
    formatManifest({ ...next, generator: state.manifest.generator }) === state.manifestText;
  return { path, text, action: "update", reason: isVersionOnly ? "version" : "changed" };
}

/** Entries that make `--check` fail: all but what is the same and what an upgrade alone would rewrite. */
export function staleEntries(plan: Plan): readonly PlanEntry[] {
  return plan.entries.filter((entry) => entry.reason !== "same" && entry.reason !== "version");
}

/** What a generator may not do: leave its folder, or name two files that one disk cannot tell apart. */
export function outputProblems(files: readonly GeneratedFile[], folder: string): Problem[] {
  const problems: Problem[] = [];
  const byFolded = new Map<string, string>();
  for (const { path } of files) {
    const fault = relativePathFault(path);
    if (fault !== undefined || path === manifestName) {
      problems.push(
        errorAt(
          folder,
          `the output path ${JSON.stringify(path)} ${fault ?? "is the manifest's"}`,
          "rename the schema's file or package",
        ),
      );
    }
    const folded = path.toLowerCase();
    const other = byFolded.get(folded);
    if (other !== undefined) {
      problems.push(
        errorAt(
          folder,
          `two files of the output are named "${other}" and "${path}"`,
          "rename one of the schema's files so that they differ in more than case",
        ),
      );
    }
    byFolded.set(folded, path);
  }
  return problems;
}
