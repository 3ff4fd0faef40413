/**
 * Writes `schema/fixtures/fingerprints.json`: canonical texts and fingerprints of every fixture's types, for whoever
 * recomputes them in another language. With `--check` it writes nothing and exits 1 where the file is stale.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "../src/compile.ts";
import { canonicalText } from "../src/fingerprint.ts";

const here = dirname(fileURLToPath(import.meta.url));
const fixtures = join(here, "../../fixtures");
const output = join(fixtures, "fingerprints.json");
const without = new Set(["invalid", "evolution"]);

/** The text of `schema/fixtures/fingerprints.json`. */
export function fingerprints(): string {
  const texts = new Map<string, string>();
  const prints = new Map<string, string>();
  const folders = readdirSync(fixtures, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !without.has(entry.name),
  );
  for (const { name } of folders) {
    const root = join(fixtures, name);
    const paths = readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".proto"))
      .map((path) => path.replaceAll("\\", "/"));
    const files = paths.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
    const { model } = compile(files, { inputs: paths });
    for (const declaration of [
      ...(model?.messages.values() ?? []),
      ...(model?.enums.values() ?? []),
    ]) {
      texts.set(declaration.fullName, canonicalText(declaration));
      if (declaration.kind === "enum") continue;
      prints.set(declaration.fullName, declaration.fingerprint.toString(16).padStart(16, "0"));
    }
  }
  const sorted = (map: ReadonlyMap<string, string>): object =>
    Object.fromEntries([...map].sort(([left], [right]) => (left < right ? -1 : 1)));
  const document = { fingerprints: sorted(prints), canonicalTexts: sorted(texts) };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = fingerprints();
  if (!process.argv.includes("--check")) writeFileSync(output, text);
  else if (readFileSync(output, "utf8") !== text) {
    process.stderr.write(
      "schema/fixtures/fingerprints.json is stale: node schema/compiler/scripts/fingerprints.ts\n",
    );
    process.exitCode = 1;
  }
}
