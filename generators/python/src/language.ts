/** Python as a language of `nexus generate`: decides names and modules, then prints them. Reads nothing but its templates. */
import type { GeneratedFile, Language, Target, ViewResult } from "@nexus-bridge/generate-core";
import type { Model } from "@nexus-bridge/schema";
import { planModules } from "./modules.ts";
import { createNames } from "./names.ts";
import { loadTemplates } from "./templates.ts";
import type { PythonView } from "./view.ts";
import { defaultRuntime, moduleView } from "./view-module.ts";
import { packageViews } from "./view-package.ts";

export const python: Language<PythonView> = {
  name: "python",
  options: [
    {
      name: "runtime",
      description: "The module that generated code rests on.",
      defaultValue: defaultRuntime,
    },
  ],
  view,
  render,
};

function view(model: Model, target: Target): ViewResult<PythonView> {
  const names = createNames(model);
  const modules = planModules(model, target, names);
  const generated = [...modules.values()].filter((module) => module.published === undefined);
  const root = target.package === undefined ? [] : target.package.split(".");
  return {
    views: [
      ...generated.map((module) => moduleView({ module, modules, names }, target)),
      ...packageViews(generated, root, names),
    ],
    diagnostics: [],
  };
}

function render(views: readonly PythonView[]): readonly GeneratedFile[] {
  const template = loadTemplates();
  return views.map((file) => ({
    path: file.path,
    text: file.kind === "marker" ? "\n" : template(file.kind, file),
  }));
}
