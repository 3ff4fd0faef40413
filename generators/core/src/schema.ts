/** The first stages alone, load to model, for tools that need a schema and generate nothing. */
import { type Compilation, compile, type Model } from "@nexus-bridge/schema";
import { type Loaded, type LoadRequest, load } from "./load.ts";
import { type Problem, problemOf } from "./problem.ts";

export interface LoadedSchema {
  readonly loaded: Loaded;
  readonly compilation: Compilation;
  /** Absent where there are errors. */
  readonly model?: Model;
  readonly problems: readonly Problem[];
}

export function loadSchema(request: LoadRequest): LoadedSchema {
  const loaded = load(request);
  const compilation = compile(loaded.files, { inputs: loaded.inputs });
  const { model } = compilation;
  // The loader knows where it looked for an import; the compiler's word on the same line would only repeat it.
  const places = new Set(loaded.diagnostics.map(placeKey));
  const rest = compilation.diagnostics.filter((diagnostic) => !places.has(placeKey(diagnostic)));
  const diagnostics = [...loaded.diagnostics, ...rest].map((diagnostic) =>
    problemOf(diagnostic, loaded.locations, request.workingFolder),
  );
  const problems = [...loaded.problems, ...diagnostics];
  return { loaded, compilation, ...(model === undefined ? {} : { model }), problems };
}

function placeKey(diagnostic: Loaded["diagnostics"][number]): string {
  return `${diagnostic.file}:${diagnostic.position.line}`;
}
