/**
 * A schema as the registry takes it: texts by import path. Checks names and sizes before anything is parsed, and gives a set the
 * hash by which it is told from others.
 */
import { createHash } from "node:crypto";
import type { SourceFile } from "@nexus-bridge/schema";

export interface SchemaSet {
  readonly files: readonly SourceFile[];
  /** Paths of the files the set is about; the others only serve them. */
  readonly inputs: readonly string[];
}

export interface SetLimits {
  readonly schemaSetBytes: number;
  readonly schemaFiles: number;
}

/** What is wrong with a set by its size or its names. */
export interface SetFault {
  readonly kind: "invalid" | "tooLarge";
  readonly message: string;
}

const PATH_BYTES_MAX = 255;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Bytes of all texts and paths. */
export function setBytes({ files }: SchemaSet): number {
  let bytes = 0;
  for (const { path, text } of files) bytes += utf8(path).length + utf8(text).length;
  return bytes;
}

/** Looks at nothing but names, counts and sizes. */
export function setFault(set: SchemaSet, limits: SetLimits): SetFault | undefined {
  const { files, inputs } = set;
  if (files.length === 0) return invalid("the set has no files; name at least one .proto file");
  if (files.length > limits.schemaFiles || inputs.length > limits.schemaFiles) {
    return tooLarge(`${files.length} files, ${limits.schemaFiles} are allowed (schemaFiles)`);
  }
  const bytes = setBytes(set);
  if (bytes > limits.schemaSetBytes) {
    return tooLarge(`${bytes} bytes of files, ${limits.schemaSetBytes} allowed (schemaSetBytes)`);
  }
  for (const { path } of files) {
    const problem = pathProblem(path);
    if (problem !== undefined) return invalid(`the path ${shown(path)} ${problem}`);
  }
  const known = new Set(files.map(({ path }) => path));
  const lost = inputs.find((input) => !known.has(input));
  if (lost !== undefined) return invalid(`the input ${shown(lost)} is none of the files`);
  return undefined;
}

/** Whoever pulls a set writes its paths below a folder of theirs: none may lead out of it. */
function pathProblem(path: string): string | undefined {
  if (utf8(path).length > PATH_BYTES_MAX) return `has more than ${PATH_BYTES_MAX} bytes`;
  if (!path.endsWith(".proto")) return "does not end in .proto";
  const isPlain = path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  const isPortable = isPlain && !/[\\:\p{C}]/u.test(path);
  return isPortable ? undefined : "must be relative, of plain names, with / between them";
}

const invalid = (message: string): SetFault => ({ kind: "invalid", message });
const tooLarge = (message: string): SetFault => ({ kind: "tooLarge", message });
const shown = (text: string): string => JSON.stringify(text.slice(0, PATH_BYTES_MAX));

/** The set with its files and inputs in the order of their paths; without inputs every file is one. */
export function ordered({ files, inputs }: SchemaSet): SchemaSet {
  const paths = inputs.length === 0 ? files.map(({ path }) => path) : inputs;
  return {
    files: [...files].sort((left, right) => (left.path < right.path ? -1 : 1)),
    inputs: [...new Set(paths)].sort(),
  };
}

/**
 * SHA-256 over one line `file <path bytes>:<path> <text bytes>:<text>` a file and one line `input <bytes>:<path>` an input, each
 * ended by a line feed, in the order of their paths.
 */
export function setHash(set: SchemaSet): Uint8Array {
  const hash = createHash("sha256");
  const { files, inputs } = ordered(set);
  for (const { path, text } of files) hash.update(`file ${sized(path)} ${sized(text)}\n`);
  for (const input of inputs) hash.update(`input ${sized(input)}\n`);
  return new Uint8Array(hash.digest());
}

const sized = (text: string): string => `${Buffer.byteLength(text)}:${text}`;

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
