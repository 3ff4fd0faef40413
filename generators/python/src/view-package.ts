/** The `__init__.py` of every folder as a view: names of the schema, imported when they are first asked for. */
import type { Message, SchemaFile } from "@nexus-bridge/schema";
import { importLine } from "./layout.ts";
import { allMessages, holdersOf, type Module } from "./modules.ts";
import type { Names } from "./names.ts";
import { docstring } from "./text.ts";
import type { ExportView, MarkerView, PackageView } from "./view.ts";

export function packageViews(
  modules: readonly Module[],
  root: readonly string[],
  names: Names,
): readonly (PackageView | MarkerView)[] {
  const folders = new Map<string, Module[]>([[root.join("/"), []]]);
  for (const module of modules) {
    for (let depth = root.length; depth <= module.folder.length; depth += 1) {
      const folder = module.folder.slice(0, depth).join("/");
      const members = folders.get(folder) ?? [];
      folders.set(folder, members);
      if (depth === module.folder.length) members.push(module);
    }
  }
  const prefix = root.length === 0 ? "" : `${root.join("/")}/`;
  const packages = [...folders].map(([folder, members]) => packageView(folder, members, names));
  return [...packages, { kind: "marker", path: `${prefix}py.typed`, source: "" }];
}

function packageView(folder: string, members: readonly Module[], names: Names): PackageView {
  const exports: readonly ExportView[] = members
    .flatMap((module) =>
      exportedNames(module.file, names).map((name) => ({ name, module: module.name })),
    )
    .toSorted(byCodeUnit((row) => row.name));
  const name = folder.replaceAll("/", ".");
  return {
    kind: "package",
    path: folder === "" ? "__init__.py" : `${folder}/__init__.py`,
    source: folder,
    banner: members.length === 0 ? "a schema" : members.map(({ file }) => file.path).join(", "),
    docstring: docstring([name === "" ? "The generated adapters." : `The adapters of ${name}.`]),
    imports: exports
      .toSorted(byCodeUnit((row) => `${row.module} ${importRank(row.name)}`))
      .map((row) => importLine(4, row.module, row.name)),
    exports,
    hasExports: exports.length > 0,
  };
}

function byCodeUnit<Row>(key: (row: Row) => string): (left: Row, right: Row) => number {
  return (left, right) => {
    const [first, second] = [key(left), key(right)];
    return first < second ? -1 : first > second ? 1 : 0;
  };
}

/** Import sorters put constants before classes before the rest. */
function importRank(name: string): string {
  const isConstant = name.length > 1 && name === name.toUpperCase();
  const rank = isConstant ? 0 : /^[A-Z]/.test(name) ? 1 : 2;
  const natural = name.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, "0"));
  return `${rank} ${natural} ${name}`;
}

function exportedNames(file: SchemaFile, names: Names): readonly string[] {
  const derivedOf = (message: Message): readonly string[] => [
    ...(message.topic === undefined ? [] : [names.derived(message, "Topic")]),
    ...(message.error === undefined ? [] : [names.derived(message, "Error")]),
  ];
  return [
    ...[...file.messages, ...file.enums, ...holdersOf(file)].map((type) => names.path(type)),
    ...allMessages(file.messages).flatMap(derivedOf),
    ...file.services.flatMap((service) =>
      ["", "Client", "Handler"].map((suffix) => names.derived(service, suffix)),
    ),
  ];
}
