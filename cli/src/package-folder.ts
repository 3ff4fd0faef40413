/** The folder of this package: one above `src` in a checkout and one above `dist` when installed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const packageFolder = fileURLToPath(new URL("..", import.meta.url));

/** The version of the CLI, which all packages of Nexus share. */
export function packageVersion(): string {
  const text = readFileSync(join(packageFolder, "package.json"), "utf8");
  const manifest: { readonly version: string } = JSON.parse(text);
  return manifest.version;
}
