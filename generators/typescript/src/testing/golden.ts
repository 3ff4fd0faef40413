/** Golden folders: what a language writes for a fixture, beside the generator; `UPDATE_GOLDEN=1` writes them anew. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { GeneratedFile } from "@nexus-bridge/generate-core";

export const isUpdating: boolean = process.env.UPDATE_GOLDEN === "1";

export function writeGolden(folder: string, files: readonly GeneratedFile[]): void {
  rmSync(folder, { recursive: true, force: true });
  for (const { path, text } of files) {
    const place = join(folder, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
  }
}

/** Path and text of every file, by path. */
export function readGolden(folder: string): readonly GeneratedFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((place) => ({
      path: place.slice(folder.length + 1).replaceAll("\\", "/"),
      text: readFileSync(place, "utf8"),
    }))
    .toSorted((left, right) => (left.path < right.path ? -1 : 1));
}
