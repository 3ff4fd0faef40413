/** Finds what a name means at its place, by protobuf's rule: the innermost scope that knows its first part decides. */
import { builtinDeclaring } from "./builtin.ts";
import type { LinkContext } from "./link-context.ts";
import type { LinkedFile, LinkedSymbol } from "./linked.ts";
import { join, lastPart } from "./names.ts";
import { nearest } from "./suggest.ts";

export type Resolution =
  | { readonly kind: "found"; readonly symbol: LinkedSymbol }
  /** It exists, in a file that is not imported. */
  | { readonly kind: "hidden"; readonly symbol: LinkedSymbol }
  /** An inner scope has the first part, but nothing of that name in it. */
  | { readonly kind: "shadowed"; readonly resolved: string; readonly outer?: LinkedSymbol }
  | { readonly kind: "missing" };

export interface Reference {
  readonly file: LinkedFile;
  /** Full name of the scope it stands in; empty outside any package. */
  readonly scope: string;
  /** A leading dot makes it absolute. */
  readonly name: string;
  readonly accepts: (symbol: LinkedSymbol) => boolean;
}

export function resolve(context: LinkContext, reference: Reference): Resolution {
  const { file, name, accepts } = reference;
  if (name.startsWith(".")) return absolute(context, file, name.slice(1));
  const dot = name.indexOf(".");
  const first = dot === -1 ? name : name.slice(0, dot);
  for (let scope = reference.scope; ; scope = outerOf(scope)) {
    const candidate = join(scope, first);
    const symbol = visibleSymbol(context, file, candidate);
    if (dot === -1) {
      if (symbol !== undefined && accepts(symbol)) return { kind: "found", symbol };
    } else if (isContainer(symbol) || isVisiblePackage(context, file, candidate)) {
      const resolved = join(scope, name);
      const found = visibleSymbol(context, file, resolved);
      if (found !== undefined) return { kind: "found", symbol: found };
      return missing(context, file, { name, resolved });
    }
    if (scope === "") break;
  }
  return missing(context, file, { name, resolved: name, scope: reference.scope });
}

function absolute(context: LinkContext, file: LinkedFile, name: string): Resolution {
  const symbol = context.symbols.get(name);
  if (symbol === undefined) return { kind: "missing" };
  return { kind: file.visible.has(symbol.file) ? "found" : "hidden", symbol };
}

function missing(
  context: LinkContext,
  file: LinkedFile,
  { name, resolved, scope }: { name: string; resolved: string; scope?: string },
): Resolution {
  const unfit = context.symbols.get(resolved);
  // It is there, but not what was asked for: the caller says what it is instead.
  if (unfit !== undefined) {
    return { kind: file.visible.has(unfit.file) ? "found" : "hidden", symbol: unfit };
  }
  for (let around = scope ?? ""; around !== ""; around = outerOf(around)) {
    const symbol = context.symbols.get(join(around, name));
    if (symbol === undefined) continue;
    return { kind: file.visible.has(symbol.file) ? "found" : "hidden", symbol };
  }
  if (resolved === name) return { kind: "missing" };
  const outer = visibleSymbol(context, file, name);
  return { kind: "shadowed", resolved, ...(outer === undefined ? {} : { outer }) };
}

function visibleSymbol(
  { symbols }: LinkContext,
  file: LinkedFile,
  fullName: string,
): LinkedSymbol | undefined {
  const symbol = symbols.get(fullName);
  return symbol !== undefined && file.visible.has(symbol.file) ? symbol : undefined;
}

function isVisiblePackage({ packages }: LinkContext, file: LinkedFile, name: string): boolean {
  const files = packages.get(name);
  if (files === undefined) return false;
  for (const candidate of file.visible) if (files.has(candidate)) return true;
  return false;
}

function isContainer(symbol: LinkedSymbol | undefined): boolean {
  const kind = symbol?.kind;
  return kind === "message" || kind === "enum" || kind === "service";
}

function outerOf(scope: string): string {
  const dot = scope.lastIndexOf(".");
  return dot === -1 ? "" : scope.slice(0, dot);
}

/** Names a resolution's fault and its remedy; nothing where it was found. */
export function explain(
  context: LinkContext,
  reference: Reference,
  resolution: Resolution,
): { readonly message: string; readonly help?: string | undefined } | undefined {
  const { name } = reference;
  switch (resolution.kind) {
    case "found":
      return undefined;
    case "hidden":
      return {
        message: `\`${name}\` is declared in ${resolution.symbol.file.path}, which this file does not import`,
        help: `add import "${resolution.symbol.file.path}";`,
      };
    case "shadowed":
      return {
        message: `\`${name}\` is read as \`${resolution.resolved}\` here, and there is no such name`,
        help:
          resolution.outer === undefined
            ? suggestion(context, reference)
            : `write \`.${name}\` with a leading dot to name \`${resolution.outer.fullName}\``,
      };
    case "missing":
      return { message: `there is no \`${name}\``, help: suggestion(context, reference) };
    default:
      return resolution satisfies never;
  }
}

function suggestion(context: LinkContext, { name, file, accepts }: Reference): string | undefined {
  const names: string[] = [];
  const wanted = lastPart(name);
  for (const symbol of context.symbols.values()) {
    if (accepts(symbol) && file.visible.has(symbol.file)) names.push(symbol.fullName);
  }
  const builtin = builtinDeclaring(name);
  if (builtin !== undefined) return `add import "${builtin}";`;
  const near = nearest(wanted, names.map(lastPart));
  const found = names.find((candidate) => lastPart(candidate) === near);
  if (found !== undefined) return `did you mean \`${found}\`?`;
  const elsewhere = [...context.symbols.values()].find(
    (symbol) => accepts(symbol) && symbol.name === wanted,
  );
  return elsewhere === undefined
    ? undefined
    : `\`${elsewhere.fullName}\` is declared in ${elsewhere.file.path}`;
}
