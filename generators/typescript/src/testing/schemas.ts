/** The schemas that the tests generate from: the example, every fixture, and texts written in a test. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSchema, type Target } from "@nexus-bridge/generate-core";
import { compile, formatDiagnostic, type Model } from "@nexus-bridge/schema";

export const repository: string = fileURLToPath(new URL("../../../../", import.meta.url));
const fixturesFolder = join(repository, "schema/fixtures");

export interface NamedSchema {
  readonly name: string;
  readonly folder: string;
}

export function fixtures(): readonly NamedSchema[] {
  const names = existsSync(fixturesFolder)
    ? readdirSync(fixturesFolder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    : [];
  return [
    ...names
      .map(({ name }) => ({ name, folder: join(fixturesFolder, name) }))
      .filter(
        ({ folder }) =>
          !folder.endsWith("invalid") &&
          readdirSync(folder).some((file) => file.endsWith(".proto")),
      ),
    { name: "orders", folder: join(repository, "examples/orders/schema") },
  ];
}

export function modelOfFolder(folder: string): Model {
  const { model, problems } = loadSchema({
    base: repository,
    inputs: [folder],
    roots: [folder],
    workingFolder: repository,
  });
  if (model === undefined)
    throw new Error(problems.map((problem) => `${problem.place} ${problem.message}`).join("\n"));
  return model;
}

export function modelOfTexts(texts: Readonly<Record<string, string>>): Model {
  const files = Object.entries(texts).map(([path, text]) => ({ path, text }));
  const { model, diagnostics } = compile(files, { inputs: Object.keys(texts) });
  if (model === undefined) throw new Error(diagnostics.map(formatDiagnostic).join("\n"));
  return model;
}

export function targetOf(options: Readonly<Record<string, string>> = {}): Target {
  return { language: "typescript", out: "gen", imports: {}, options };
}
