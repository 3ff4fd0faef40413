/** The words of `runner/checkout.ts` for the bundled file: it carries what the suite reads and needs no checkout around it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Texts by their paths in the checkout; `build.ts` puts them here. */
declare const NEXUS_CONFORMANCE_FILES: Readonly<Record<string, string>>;

/** Adapters are looked for where the person stands: the folder of a checkout has some, others are named with --adapter. */
export const root: string = process.cwd();

export const isCheckout: boolean = false;

export const reportFolder: string = join(root, "nexus-conformance-report");

export function readText(path: string): string {
  const text = NEXUS_CONFORMANCE_FILES[path];
  if (text === undefined) throw new Error(`this file was built without ${path}`);
  return text;
}

export const yamlUnder = (folder: string): readonly string[] =>
  Object.keys(NEXUS_CONFORMANCE_FILES).filter(
    (path) => path.startsWith(`${folder}/`) && path.endsWith(".yaml"),
  );

export function certificatesProgram(folder: string): string {
  const path = join(folder, "certificates.mjs");
  writeFileSync(path, readText("certificates.mjs"));
  return path;
}
