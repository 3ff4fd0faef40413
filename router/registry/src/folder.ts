/**
 * The registry on disk: a folder with one file a version, numbered in the order they were pushed. A file is written beside its
 * place, synced and moved there whole, and never changed. What is damaged stops the start instead of being left out.
 */
import { mkdir, open, readdir, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { compileSet } from "./compile-set.ts";
import { hexOf, ordered, type SchemaSet, setHash } from "./schema-set.ts";
import { createVersion, type Version } from "./version.ts";

/** JSON of a set of 4 MiB, the most that a limit allows, with everything escaped. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;
const NAME_DIGITS = 8;
const namePattern = /^\d{8}\.json$/;

interface Kept {
  readonly subject: string;
  readonly version: string;
  readonly hash: string;
  readonly pushedAtMs: number;
  readonly verdict?: Version["verdict"];
  readonly allowedBreaking: boolean;
  readonly schema: SchemaSet;
}

export interface RegistryFolder {
  /** In the order they were pushed. */
  readonly versions: readonly Version[];
  /** Resolves once it is on the disk. */
  keep(version: Version): Promise<void>;
}

/** @throws Error naming the file that cannot be read, and what to do. */
export async function openRegistryFolder(path: string): Promise<RegistryFolder> {
  await mkdir(path, { recursive: true });
  const names = (await readdir(path)).filter((name) => namePattern.test(name)).sort();
  const versions: Version[] = [];
  for (const name of names) versions.push(await readVersion(join(path, name)));
  let next = names.length === 0 ? 1 : Number.parseInt(names.at(-1) ?? "0", 10) + 1;
  return {
    versions,
    keep: async (version) => {
      const name = `${String(next).padStart(NAME_DIGITS, "0")}.json`;
      await writeWhole(path, name, JSON.stringify(keptOf(version)));
      next++;
    },
  };
}

function keptOf(version: Version): Kept {
  const { subject, hashText, pushedAtMs, verdict, allowedBreaking, set } = version;
  return {
    subject,
    version: version.version,
    hash: hashText,
    pushedAtMs,
    ...(verdict !== undefined && { verdict }),
    allowedBreaking,
    schema: set,
  };
}

async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  const draft = join(folder, `${name}.draft`);
  const file = await open(draft, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(folder, name));
  const entries = await open(folder, "r");
  try {
    await entries.sync();
  } finally {
    await entries.close();
  }
}

async function readVersion(file: string): Promise<Version> {
  const { size } = await stat(file);
  if (size > FILE_BYTES_MAX) throw damaged(file, `${size} bytes, ${FILE_BYTES_MAX} are allowed`);
  let kept: unknown;
  try {
    kept = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw damaged(file, error instanceof Error ? error.message : String(error));
  }
  if (!isKept(kept)) throw damaged(file, "it is no version of a schema");
  const { subject, version, pushedAtMs, verdict, allowedBreaking } = kept;
  const set = ordered(kept.schema);
  if (hexOf(setHash(set)) !== kept.hash) throw damaged(file, "its files do not have its hash");
  const compiled = compileSet(set);
  if (compiled.kind !== "model") throw damaged(file, compiled.problems.join("; "));
  return createVersion({
    subject,
    version,
    set,
    pushedAtMs,
    verdict,
    allowedBreaking,
    model: compiled.model,
  });
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== "object" || value === null) return false;
  const { subject, version, hash, pushedAtMs, schema } = value as Partial<Kept>;
  return (
    typeof subject === "string" &&
    typeof version === "string" &&
    typeof hash === "string" &&
    typeof pushedAtMs === "number" &&
    isSet(schema)
  );
}

function isSet(value: Partial<SchemaSet> | undefined): value is SchemaSet {
  if (!Array.isArray(value?.files) || !Array.isArray(value.inputs)) return false;
  const areFiles = value.files.every(
    (file: { path?: unknown; text?: unknown } | null) =>
      typeof file?.path === "string" && typeof file.text === "string",
  );
  return areFiles && value.inputs.every((input) => typeof input === "string");
}

const damaged = (file: string, why: string): Error =>
  new Error(`${file}: ${why}; restore the file from a copy, or move it away to forget the version`);
