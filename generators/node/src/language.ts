/**
 * Node as a language of `nexus generate`: the TypeScript adapter spelt as JavaScript and declarations, for people who write
 * plain JavaScript on the server. It has no view of its own.
 */
import type { GeneratedFile, Language, Target } from "@nexus-bridge/generate-core";
import { printFiles, type TypeScriptView, typescript } from "@nexus-bridge/generate-typescript";

export const node: Language<TypeScriptView> = {
  name: "node",
  options: typescript.options.filter((option) => option.name !== "importExtension"),
  view: (model, target) => typescript.view(model, withJavaScriptImports(target)),
  render: (views): readonly GeneratedFile[] => printFiles(views, ["javascript", "declarations"]),
};

/** What runs are `.js` files, so that is what imports name, in the declarations too. */
function withJavaScriptImports(target: Target): Target {
  return { ...target, options: { ...target.options, importExtension: "js" } };
}
