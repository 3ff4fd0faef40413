/** The version of the generators, which a manifest records. */
import { readFileSync } from "node:fs";

let version: string | undefined;

export function generatorVersion(): string {
  if (version === undefined) {
    const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
    const manifest: { readonly version?: string } = JSON.parse(text);
    version = manifest.version ?? "0.0.0";
  }
  return version;
}
