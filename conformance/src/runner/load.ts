/** All templates: the YAML of `suites/` and the families that are generated from tables. Two with one id are an error. */
import { parse } from "yaml";
import { generatedTemplates } from "../suites/index.ts";
import { readText, yamlUnder } from "./checkout.ts";
import { type Template, type TemplateInit, template } from "./template.ts";

/** YAML spells `clause`, as a case has mostly one. */
type Written = Omit<TemplateInit, "clauses"> & { readonly clause: readonly string[] };

interface File {
  /** Said once for all cases of the file. */
  readonly defaults?: Partial<Written>;
  readonly cases: readonly Written[];
}

function templatesOf(path: string): readonly Template[] {
  const { defaults = {}, cases } = parse(readText(path)) as File;
  return cases.map((written) => {
    const { clause, ...rest } = { ...defaults, ...written };
    const setup = { ...defaults.setup, ...written.setup };
    return template({ ...rest, setup, clauses: clause });
  });
}

export function loadTemplates(): readonly Template[] {
  const all = [...yamlUnder("conformance/suites").flatMap(templatesOf), ...generatedTemplates()];
  const seen = new Set<string>();
  for (const { id } of all) {
    if (seen.has(id)) throw new Error(`two templates have the id ${id}`);
    seen.add(id);
  }
  return all;
}
