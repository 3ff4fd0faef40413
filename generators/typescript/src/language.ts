/** TypeScript as a language of `nexus generate`: plain interfaces, constants and functions, in biome's layout. */
import type { GeneratedFile, Language, LanguageOption, Target } from "@nexus-bridge/generate-core";
import { printFiles } from "./printer.ts";
import type { TypeScriptView } from "./view.ts";
import { viewsOf } from "./view-file.ts";

export const importExtension: LanguageOption = {
  name: "importExtension",
  description: "what imports between the generated modules end in",
  values: ["js", "ts"],
  defaultValue: "js",
};

export const runtime: LanguageOption = {
  name: "runtime",
  description: "the module that generated code rests on",
  defaultValue: "@nexus-bridge/sdk/gen1",
};

export const typescript: Language<TypeScriptView> = {
  name: "typescript",
  options: [importExtension, runtime],
  view: (model, target) => viewsOf(model, withDefaults(target)),
  render: (views): readonly GeneratedFile[] => printFiles(views, ["typescript"]),
};

function withDefaults(target: Target): Target {
  const defaults = { importExtension: importExtension.defaultValue, runtime: runtime.defaultValue };
  return { ...target, options: { ...defaults, ...target.options } };
}
