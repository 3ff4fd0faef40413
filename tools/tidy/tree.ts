/** The files that the rules of tidy look at: what git tracks or would track, as text, generated code left out. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface TextFile {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface Problem {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

const textEndings =
  /\.(ts|mts|js|mjs|json|yaml|yml|md|py|pyi|hbs|proto|toml|sh|cs|rs|cpp|hpp|h|html|css)$/;
const generated =
  /(^|\/)(gen|golden|vectors|toolchain)\/|(^|\/)(pnpm-lock\.yaml|package-lock\.json)$/;

export function isGenerated(path: string): boolean {
  return generated.test(path) || /(^|\/)_gen(_[a-z]+)?(\.py$|\/)/.test(path);
}

/** Every path that git tracks or does not ignore. */
export function trackedPaths(root: string): readonly string[] {
  const listing = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  return [...new Set(listing.split("\n"))].filter((path) => path !== "").sort();
}

export function readTree(root: string): readonly TextFile[] {
  return trackedPaths(root)
    .filter((path) => textEndings.test(path) && !isGenerated(path) && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}
