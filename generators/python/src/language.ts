/** Python as a language of `nexus generate`: decides names and modules, then prints them. Reads nothing but its templates. */
import type { GeneratedFile, Language, Target, ViewResult } from "@nexus-bridge/generate-core";
import type { Diagnostic, Model, SchemaFile } from "@nexus-bridge/schema";
import { allMessages, planModules } from "./modules.ts";
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
    diagnostics: generated.flatMap(({ file }) => patternWarnings(file)),
  };
}

/** A pattern needs an engine that is the same in every language; until there is one, nobody should think it is checked. */
function patternWarnings(file: SchemaFile): readonly Diagnostic[] {
  const fields = allMessages(file.messages).flatMap((message) => message.fields);
  return fields
    .filter((field) => field.rules?.pattern !== undefined)
    .map((field) => ({
      severity: "warning",
      rule: "python-pattern-unchecked",
      file: file.path,
      position: field.position,
      message: `the pattern of ${field.fullName} is not checked by generated Python`,
      help: "check it in the handler",
    }));
}

function render(views: readonly PythonView[]): readonly GeneratedFile[] {
  const template = loadTemplates();
  return views.map((file) => ({
    path: file.path,
    text: file.kind === "marker" ? "\n" : template(file.kind, file),
  }));
}
