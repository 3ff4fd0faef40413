/**
 * Writes the schema files of one commit into a folder of their own, so that they can be read like any other. It runs git
 * without a shell, takes nothing but .proto files, and removes the folder when it is disposed of.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Failure, usageFailure } from "./failure.ts";

/** Schema files of one commit. */
const filesMax = 20_000;
/** Of a listing, and of all schema files together. */
const outputBytesMax = 256 * 1024 * 1024;

export interface GitTree extends Disposable {
  /** The root of the repository, as it is checked out. */
  readonly repository: string;
  /** The folder that has the root of the commit. */
  readonly folder: string;
}

/** The commit that `reference` names in the repository around `workingFolder`. */
export function readGitTree(reference: string, workingFolder: string): GitTree {
  const inRepository = runGit(["rev-parse", "--show-toplevel"], workingFolder);
  if (inRepository === undefined) {
    throw usageFailure(`"${reference}" is no file or folder, and this is no git repository`);
  }
  const repository = realpathSync(inRepository.toString("utf8").trim());
  const named = reference.startsWith("-")
    ? undefined
    : runGit(["rev-parse", "--verify", "--quiet", `${reference}^{commit}`], repository);
  if (named === undefined) {
    throw usageFailure(`"${reference}" is no file, folder, branch, tag or commit`);
  }
  const blobs = listSchemas(named.toString("utf8").trim(), repository);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "nexus-against-")));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    writeBlobs(blobs, folder, repository);
  } catch (error) {
    remove();
    throw error;
  }
  return { repository, folder, [Symbol.dispose]: remove };
}

interface Blob {
  readonly id: string;
  readonly path: string;
}

/** Of plain files alone: a link could lead anywhere. */
function listSchemas(commit: string, repository: string): readonly Blob[] {
  const listing = runGit(["ls-tree", "-r", "-z", "--full-tree", commit], repository);
  const blobs = (listing?.toString("utf8") ?? "").split("\0").flatMap((line): Blob[] => {
    const [, id, path] = /^100(?:644|755) blob ([0-9a-f]+)\t(.+\.proto)$/s.exec(line) ?? [];
    return id === undefined || path === undefined || !isSafe(path) ? [] : [{ id, path }];
  });
  if (blobs.length > filesMax) {
    throw new Failure(`more than ${filesMax} schema files in the commit: name a folder instead`);
  }
  return blobs;
}

/** The loader leaves the same folders out. */
function isSafe(path: string): boolean {
  return path
    .split("/")
    .every((part) => part !== "" && part !== "node_modules" && !/^\.|[\\:]/.test(part));
}

function writeBlobs(blobs: readonly Blob[], folder: string, repository: string): void {
  const input = blobs.map(({ id }) => `${id}\n`).join("");
  const output = runGit(["cat-file", "--batch"], repository, input);
  let at = 0;
  for (const { id, path } of blobs) {
    const lineEnd = output?.indexOf("\n", at) ?? -1;
    const [name, , size] = output?.toString("latin1", at, lineEnd).split(" ") ?? [];
    const end = lineEnd + 1 + Number(size);
    if (output === undefined || name !== id || !(end <= output.length)) {
      throw new Failure(`git does not give the content of ${path}; is the clone complete?`);
    }
    const file = join(folder, ...path.split("/"));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, output.subarray(lineEnd + 1, end));
    at = end + 1;
  }
}

/** What git prints; nothing where it fails. */
function runGit(
  commandLine: readonly string[],
  folder: string,
  input?: string,
): Buffer | undefined {
  const { status, stdout, error } = spawnSync("git", commandLine, {
    cwd: folder,
    maxBuffer: outputBytesMax,
    ...(input === undefined ? {} : { input }),
  });
  if (error !== undefined && "code" in error && error.code === "ENOENT") {
    throw new Failure("git is not installed: name a file or a folder to compare with");
  }
  if (error !== undefined) throw new Failure(`git ${commandLine[0]}: ${error.message}`);
  return status === 0 ? stdout : undefined;
}
