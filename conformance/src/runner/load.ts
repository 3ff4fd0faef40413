/** All templates: the YAML of `suites/` and the families that are generated from tables. Two with one id are an error. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { generatedTemplates } from "../suites/index.ts";
import { root } from "./languages.ts";
import { type Template, type TemplateInit, template } from "./template.ts";

const suites = join(root, "conformance/suites");

/** YAML spells `clause`, as a case has mostly one. */
type Written = Omit<TemplateInit, "clauses"> & { readonly clause: readonly string[] };

interface File {
  /** Said once for all cases of the file. */
  readonly defaults?: Partial<Written>;
  readonly cases: readonly Written[];
}

function templatesOf(path: string): readonly Template[] {
  const { defaults = {}, cases } = parse(readFileSync(path, "utf8")) as File;
  return cases.map((written) => {
    const { clause, ...rest } = { ...defaults, ...written };
    const setup = { ...defaults.setup, ...written.setup };
    return template({ ...rest, setup, clauses: clause });
  });
}

export function loadTemplates(): readonly Template[] {
  const paths = readdirSync(suites, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".yaml"))
    .sort();
  const all = [
    ...paths.flatMap((path) => templatesOf(join(suites, path))),
    ...generatedTemplates(),
  ];
  const seen = new Set<string>();
  for (const { id } of all) {
    if (seen.has(id)) throw new Error(`two templates have the id ${id}`);
    seen.add(id);
  }
  return all;
}
