/**
 * The record of what earlier runs wrote into one folder: names and hashes, so that edited and orphaned files are seen
 * and nothing else is ever deleted. It travels with the generated files.
 */
import { createHash } from "node:crypto";
import { byCodeUnit, relativePathFault } from "./relative-path.ts";

export const manifestName = ".nexus-manifest.json";

const formatVersion = 1;

export interface Manifest {
  /** Whose output it is: one folder holds one language. */
  readonly language: string;
  /** The version of the generator that wrote last. */
  readonly generator: string;
  /** SHA-256 in hex by path relative to the folder. */
  readonly files: ReadonlyMap<string, string>;
}

export function hashOf(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

export function formatManifest(manifest: Manifest): string {
  const paths = [...manifest.files.keys()].sort(byCodeUnit);
  const files = Object.fromEntries(paths.map((path) => [path, manifest.files.get(path)]));
  const { language, generator } = manifest;
  const value = { version: formatVersion, language, generator, files };
  return `${JSON.stringify(value, null, 2)}\n`;
}

export type ManifestResult =
  | { readonly kind: "manifest"; readonly manifest: Manifest }
  | { readonly kind: "fault"; readonly message: string };

/** A manifest is input like any other: it may not name a file outside its folder. */
export function parseManifest(text: string): ManifestResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: "fault", message: "it is no JSON" };
  }
  if (!isRecord(value) || value.version !== formatVersion) {
    return { kind: "fault", message: `it is no manifest of version ${formatVersion}` };
  }
  const { language, generator, files } = value;
  if (typeof language !== "string" || typeof generator !== "string" || !isRecord(files)) {
    return { kind: "fault", message: "it lacks `language`, `generator` or `files`" };
  }
  const hashes = new Map<string, string>();
  for (const [path, hash] of Object.entries(files)) {
    const fault = relativePathFault(path);
    if (fault !== undefined || path === manifestName) {
      return {
        kind: "fault",
        message: `its path ${JSON.stringify(path)} ${fault ?? "is its own"}`,
      };
    }
    if (typeof hash !== "string" || !/^[0-9a-f]{64}$/.test(hash)) {
      return { kind: "fault", message: `its hash of ${JSON.stringify(path)} is no SHA-256` };
    }
    hashes.set(path, hash);
  }
  return { kind: "manifest", manifest: { language, generator, files: hashes } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
