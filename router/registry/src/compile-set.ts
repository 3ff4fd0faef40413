/** From the texts of a set to its model, or to what is wrong with them. It keeps nothing. */
import { compile, formatDiagnostic, type Model } from "@nexus-bridge/schema";
import type { SchemaSet } from "./schema-set.ts";

export type CompiledSet =
  | { readonly kind: "model"; readonly model: Model }
  | { readonly kind: "problems"; readonly problems: readonly string[] };

export type CompileSet = (set: SchemaSet) => Promise<CompiledSet>;

/** Problems told of one set; all of them would only repeat themselves. */
const PROBLEMS_MAX = 50;

/** `set` is ordered: its inputs are named. */
export function compileSet({ files, inputs }: SchemaSet): CompiledSet {
  const { model, diagnostics } = compile(files, { inputs });
  if (model !== undefined) return { kind: "model", model };
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  return { kind: "problems", problems: errors.slice(0, PROBLEMS_MAX).map(formatDiagnostic) };
}
