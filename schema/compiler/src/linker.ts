/** Links the trees of all files to each other: imports first, then names, types, options, features. */

import type { LinkContext } from "./link-context.ts";
import type { LinkedFile } from "./linked.ts";
import { declareFile, emptyFile } from "./linker-declare.ts";
import { linkPseudoOptions } from "./linker-fields.ts";
import { linkFeatures, linkOptions } from "./linker-options.ts";
import { linkTypes } from "./linker-types.ts";
import type { Report } from "./report.ts";
import { meant } from "./suggest.ts";
import type { FileSyntax, ImportSyntax } from "./syntax.ts";

/** `trees` by import path, everything that may be imported. */
export function link(trees: ReadonlyMap<string, FileSyntax>, report: Report): LinkContext {
  const files = inOrder(trees, report);
  const context: LinkContext = { report, files, symbols: new Map(), packages: new Map() };
  for (const file of files) makeVisible(file);
  for (const file of files) declareFile(context, file);
  for (const file of files) linkTypes(context, file);
  for (const file of files) linkOptions(context, file);
  for (const file of files) linkFeatures(file);
  for (const file of files) linkPseudoOptions(context, file);
  return context;
}

/** Dependencies before dependents, otherwise by path. */
function inOrder(trees: ReadonlyMap<string, FileSyntax>, report: Report): readonly LinkedFile[] {
  const ordered: LinkedFile[] = [];
  const made = new Map<string, LinkedFile | "open">();
  const visit = (tree: FileSyntax): LinkedFile => {
    made.set(tree.path, "open");
    const file = emptyFile(tree);
    const seen = new Set<string>();
    for (const statement of tree.imports) {
      if (!isNew(statement, { tree, seen, report })) continue;
      const target = trees.get(statement.path);
      if (target === undefined) {
        reportMissing(statement, { tree, report, known: [...trees.keys()] });
        continue;
      }
      const known = made.get(statement.path);
      if (known === "open") {
        report.error(tree.path, {
          rule: "import-cycle",
          position: statement.position,
          message: `the import "${statement.path}" leads back to this file`,
          help: "move what both need into a third file",
        });
        continue;
      }
      file.dependencies.push(known ?? visit(target));
    }
    made.set(tree.path, file);
    ordered.push(file);
    return file;
  };
  for (const path of [...trees.keys()].sort()) {
    const tree = trees.get(path);
    if (tree !== undefined && !made.has(path)) visit(tree);
  }
  return ordered;
}

interface ImportPlace {
  readonly tree: FileSyntax;
  readonly report: Report;
}

function isNew(
  { path, position }: ImportSyntax,
  { tree, seen, report }: ImportPlace & { readonly seen: Set<string> },
): boolean {
  const fault =
    path === tree.path
      ? "a file cannot import itself"
      : seen.has(path)
        ? `"${path}" is imported already`
        : "";
  seen.add(path);
  if (fault === "") return true;
  report.error(tree.path, { rule: "import-twice", position, message: fault, help: "remove it" });
  return false;
}

function reportMissing(
  { path, position }: ImportSyntax,
  { tree, report, known }: ImportPlace & { readonly known: readonly string[] },
): void {
  report.error(tree.path, {
    rule: "import-not-found",
    position,
    message: `the import "${path}" is not there`,
    help: meant(path, known) ?? "the path starts at a root, for example orders/v1/orders.proto",
  });
}

function makeVisible(file: LinkedFile): void {
  for (const dependency of file.dependencies) {
    file.visible.add(dependency);
    addPublic(dependency, file.visible);
  }
}

/** Dependencies come first, so that theirs are complete. */
function addPublic(file: LinkedFile, into: Set<LinkedFile>): void {
  for (const statement of file.tree.imports) {
    if (statement.modifier !== "public") continue;
    const target = file.dependencies.find(({ path }) => path === statement.path);
    if (target === undefined || into.has(target)) continue;
    into.add(target);
    addPublic(target, into);
  }
}
