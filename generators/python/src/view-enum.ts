/** An enum of the schema as a view. */
import type { Enum } from "@nexus-bridge/schema";
import type { ModuleScope } from "./scope.ts";
import { docLines, docstring } from "./text.ts";
import type { EnumView } from "./view.ts";

export const deprecatedNote = "Deprecated.";

export function documentation(
  declaration: Pick<Enum, "docs" | "deprecated">,
  ...notes: readonly string[]
): readonly string[] {
  const all = [...notes, ...(declaration.deprecated ? [deprecatedNote] : [])];
  const lines = docLines(declaration.docs, ...all);
  return lines.length === 0 ? [] : docstring(lines);
}

export function enumView(scope: ModuleScope, type: Enum): EnumView {
  const names = scope.names.enumValues(type);
  return {
    name: scope.names.path(type).split(".").at(-1) ?? type.name,
    docstring: documentation(type),
    values: type.values.map((value, index) => ({
      name: names[index] ?? value.name,
      number: String(value.number),
      docstring: documentation(value),
    })),
  };
}
