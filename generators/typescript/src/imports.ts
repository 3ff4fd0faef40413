/** What one generated file brings from others: where from, under which names, as values or as types. */
import type { Target } from "@nexus-bridge/generate-core";
import type { SchemaFile } from "@nexus-bridge/schema";
import { baseName, folderOf, unique } from "./naming.ts";
import type { ImportedName, ImportView } from "./view.ts";

export interface Imports {
  /** The name that `name` of the file `from` has here; of the file itself it is the name. */
  bring(from: SchemaFile, name: string, use: ImportUse): string;
  list(): readonly ImportView[];
}

export interface ImportUse {
  readonly isValue: boolean;
  readonly isType: boolean;
}

interface ImportRequest {
  readonly file: SchemaFile;
  readonly target: Target;
  readonly moduleOf: (file: SchemaFile) => string;
}

/** `taken` are the names that the file has already; aliases join them. */
export function createImports(request: ImportRequest, taken: Set<string>): Imports {
  const { file } = request;
  const imported = new Map<string, Map<string, ImportedName>>();
  return {
    bring(from, name, use) {
      if (from === file) return name;
      const path = specifier(from, request);
      const names = imported.get(path) ?? new Map<string, ImportedName>();
      imported.set(path, names);
      const before = names.get(name);
      // A sibling file of the package cannot have the same names.
      const isSibling = from.package === file.package;
      const alias = before?.alias ?? (isSibling ? name : unique(name, taken));
      names.set(name, {
        name,
        alias,
        isValue: use.isValue || before?.isValue === true,
        isType: use.isType || before?.isType === true,
      });
      return alias;
    },
    list: () =>
      [...imported]
        .map(([from, names]) => ({ from, names: [...names.values()].toSorted(byName) }))
        .toSorted((left, right) => (left.from < right.from ? -1 : 1)),
  };
}

function specifier(to: SchemaFile, { file, target, moduleOf }: ImportRequest): string {
  const published = target.imports[to.package];
  if (published !== undefined) return `${published.package}/${folderOf(to)}/index.js`;
  const here = folderOf(file)
    .split("/")
    .filter((part) => part !== "");
  const there = moduleOf(to).split("/");
  let shared = 0;
  while (shared < here.length && shared < there.length - 1 && here[shared] === there[shared]) {
    shared += 1;
  }
  const up = here.length - shared;
  const path = `${up === 0 ? "./" : "../".repeat(up)}${there.slice(shared).join("/")}`;
  return `${path}.${target.options.importExtension ?? "js"}`;
}

/** `orders/v1/orders` of a file; of two files that would be one module the later gets a number. */
export function modulePaths(files: readonly SchemaFile[]): (file: SchemaFile) => string {
  const paths = new Map<SchemaFile, string>();
  const taken = new Set<string>();
  for (const file of files) {
    const folder = folderOf(file);
    const path = folder === "" ? baseName(file) : `${folder}/${baseName(file)}`;
    let free = path;
    for (let count = 2; taken.has(free.toLowerCase()); count += 1) free = `${path}_${count}`;
    taken.add(free.toLowerCase());
    paths.set(file, free);
  }
  return (file) => paths.get(file) ?? baseName(file);
}

function byName(left: ImportedName, right: ImportedName): number {
  return left.name < right.name ? -1 : 1;
}
