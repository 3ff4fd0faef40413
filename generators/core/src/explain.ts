/**
 * `--explain <stage>[:Type]`: the value after a stage, as text. It runs nothing and changes nothing; where a type is
 * named, only what concerns that type is shown.
 */
import type { Enum, Message, Model, Service } from "@nexus-bridge/schema";
import { inspect } from "./inspect.ts";
import { formatProblem, hasErrors } from "./problem.ts";
import type { Stages, TargetStages } from "./stages.ts";
import { didYouMean } from "./suggestion.ts";

export const stageNames = [
  "load",
  "parse",
  "link",
  "model",
  "check",
  "view",
  "render",
  "plan",
] as const;
export type StageName = (typeof stageNames)[number];

export type Explanation =
  | { readonly kind: "text"; readonly text: string }
  /** 1: an earlier stage failed. 2: there is no such stage or type. */
  | { readonly kind: "fault"; readonly message: string; readonly exitCode: 1 | 2 };

export function explain(stages: Stages, stage: string, type?: string): Explanation {
  const name = stageNames.find((known) => known === stage);
  if (name === undefined) {
    const help = didYouMean(stage, stageNames) ?? `the stages are ${stageNames.join(", ")}`;
    return { kind: "fault", message: `there is no stage "${stage}": ${help}`, exitCode: 2 };
  }
  const { model } = stages.compilation;
  const isAfterModel = !["load", "parse", "link", "check"].includes(name);
  if (model === undefined && (isAfterModel || type !== undefined)) {
    return { kind: "fault", message: failedText(stages), exitCode: 1 };
  }
  const declaration = model === undefined || type === undefined ? undefined : find(model, type);
  if (model !== undefined && type !== undefined && declaration === undefined) {
    const help = didYouMean(type, simpleNames(model)) ?? "write its full or its last name";
    return { kind: "fault", message: `the schema has no "${type}": ${help}`, exitCode: 2 };
  }
  return { kind: "text", text: textOf(stages, name, declaration) };
}

type Declaration = Message | Enum | Service;

function textOf(stages: Stages, stage: StageName, declaration: Declaration | undefined): string {
  const path = declaration?.file.path;
  const isWanted = (file: { readonly path: string }): boolean =>
    path === undefined || file.path === path;
  switch (stage) {
    case "load":
      return inspect({
        inputs: stages.loaded.inputs,
        roots: stages.loaded.roots,
        files: stages.loaded.files.filter(isWanted).map((file) => ({
          path: file.path,
          location: stages.loaded.locations.get(file.path),
          characters: file.text.length,
        })),
      });
    case "parse":
      return inspect(narrow([...stages.compilation.trees.values()], declaration));
    case "link":
      return inspect(narrow(stages.compilation.linked, declaration));
    case "model":
      return inspect(declaration ?? stages.compilation.model);
    case "check":
      return stages.problems.length === 0
        ? "no problems"
        : stages.problems.map(formatProblem).join("\n");
    case "view":
      return inspect(stages.targets.map((target) => viewOf(target, path)));
    case "render":
      return stages.targets.flatMap((target) => renderOf(target, path)).join("\n");
    case "plan":
      return stages.targets.flatMap(planOf).join("\n");
    default:
      return stage satisfies never;
  }
}

function viewOf(target: TargetStages, source: string | undefined): unknown {
  const views = target.views.filter((view) => source === undefined || view.source === source);
  return { language: target.target.language, out: target.target.out, views };
}

function renderOf(target: TargetStages, source: string | undefined): string[] {
  const wanted = new Set(
    target.views.filter((view) => view.source === source).map((view) => view.path),
  );
  return target.files
    .filter((file) => source === undefined || wanted.has(file.path))
    .map((file) => `== ${target.target.out}/${file.path}\n${file.text}`);
}

function planOf(target: TargetStages): string[] {
  return (target.plan?.entries ?? []).map(
    (entry) => `${entry.action} ${target.target.out}/${entry.path} (${entry.reason})`,
  );
}

/** Of the files of a stage, the part that declares the type. */
function narrow(
  files: readonly { readonly path: string }[],
  declaration: Declaration | undefined,
): unknown {
  if (declaration === undefined) return files;
  const file = files.find((one) => one.path === declaration.file.path);
  return findNamed(file, declaration, new Set()) ?? file;
}

function findNamed(
  value: unknown,
  declaration: Declaration,
  seen: Set<object>,
): object | undefined {
  if (typeof value !== "object" || value === null || seen.has(value)) return undefined;
  seen.add(value);
  if (isNamed(value, declaration)) return value;
  for (const child of Object.values(value)) {
    const found = findNamed(child, declaration, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A tree's name is a token with its text; a linked declaration has its full name. */
function isNamed(value: object, declaration: Declaration): boolean {
  if (!("kind" in value) || value.kind !== declaration.kind || !("name" in value)) return false;
  if ("fullName" in value) return value.fullName === declaration.fullName;
  const { name } = value;
  return (
    typeof name === "object" && name !== null && "text" in name && name.text === declaration.name
  );
}

function* declarations(model: Model): Generator<Declaration> {
  yield* model.messages.values();
  yield* model.enums.values();
  yield* model.services.values();
}

function find(model: Model, type: string): Declaration | undefined {
  const exact = model.messages.get(type) ?? model.enums.get(type) ?? model.services.get(type);
  if (exact !== undefined) return exact;
  for (const declaration of declarations(model)) {
    if (declaration.fullName.endsWith(`.${type}`)) return declaration;
  }
  return undefined;
}

function simpleNames(model: Model): string[] {
  return [...declarations(model)].map((declaration) => declaration.name);
}

function failedText(stages: Stages): string {
  const errors = stages.problems.filter((problem) => hasErrors([problem])).map(formatProblem);
  return ["the schema has errors, so there is no model", ...errors].join("\n");
}
