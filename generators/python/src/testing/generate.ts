/** Schema text or a fixture's folder to Python files, for tests. */
import { fileURLToPath } from "node:url";
import { type GeneratedFile, load, type Target } from "@nexus-bridge/generate-core";
import { compile, formatDiagnostic, type Model } from "@nexus-bridge/schema";
import { python } from "../language.ts";

export const repository = fileURLToPath(new URL("../../../../", import.meta.url));

export function target(change: Partial<Target> = {}): Target {
  return {
    language: "python",
    out: "gen",
    imports: {},
    options: { runtime: "nexus_bridge.gen1" },
    ...change,
  };
}

export function modelOfFolder(folder: string): Model {
  const loaded = load({ base: folder, inputs: ["."], workingFolder: folder });
  return modelOf(loaded.files, loaded.inputs);
}

/** Files by import path; all are inputs unless `inputs` says otherwise. */
export function modelOfTexts(
  texts: Readonly<Record<string, string>>,
  inputs = Object.keys(texts),
): Model {
  const files = Object.entries(texts).map(([path, text]) => ({ path, text }));
  return modelOf(files, inputs);
}

function modelOf(
  files: readonly { path: string; text: string }[],
  inputs: readonly string[],
): Model {
  const { model, diagnostics } = compile(files, { inputs });
  if (model === undefined) throw new Error(diagnostics.map(formatDiagnostic).join("\n"));
  return model;
}

export function generatePython(
  model: Model,
  change: Partial<Target> = {},
): readonly GeneratedFile[] {
  const chosen = target(change);
  return python.render(python.view(model, chosen).views, chosen);
}

export function textOf(files: readonly GeneratedFile[], path: string): string {
  const file = files.find((candidate) => candidate.path === path);
  if (file === undefined) throw new Error(`there is no ${path}, only ${files.map((f) => f.path)}`);
  return file.text;
}
