/** What the steps of linking share: the files, every name in them, and the report. */
import type { Position } from "./diagnostic.ts";
import type { LinkedFile, LinkedSymbol } from "./linked.ts";
import type { Report } from "./report.ts";

export interface LinkContext {
  readonly report: Report;
  /** Dependencies before dependents. */
  readonly files: readonly LinkedFile[];
  /** By full name. */
  readonly symbols: Map<string, LinkedSymbol>;
  /** Each package and each prefix of one, with the files that open it. */
  readonly packages: Map<string, Set<LinkedFile>>;
}

export function placeOf(file: LinkedFile, position: Position): string {
  return `${file.path}:${position.line}:${position.column}`;
}
