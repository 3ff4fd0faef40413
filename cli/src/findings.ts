/** Changes as a person or a program reads them: with the file on disk in the place of the import path. */
import { displayPath } from "@nexus-bridge/generate-core";
import type { Change, Comparison, Place } from "@nexus-bridge/schema";
import type { OldSchema } from "./against.ts";

export interface Finding extends Omit<Change, "place" | "before"> {
  /** In the new version; absent where the whole file is gone. */
  readonly place?: FilePlace;
  readonly before?: FilePlace;
}

export interface FilePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Locations {
  /** Import path to absolute file, of the new version. */
  readonly locations: ReadonlyMap<string, string>;
  readonly old: Extract<OldSchema, { readonly kind: "schema" }>;
  readonly workingFolder: string;
}

export function findingsOf(comparison: Comparison, where: Locations): readonly Finding[] {
  const { locations, old, workingFolder } = where;
  const newFile = (path: string): string => displayPath(locations.get(path) ?? path, workingFolder);
  return comparison.changes.map(({ place, before, ...change }) => ({
    ...change,
    ...(place === undefined ? {} : { place: filePlace(place, newFile) }),
    ...(before === undefined ? {} : { before: filePlace(before, old.display) }),
  }));
}

function filePlace({ file, position }: Place, display: (path: string) => string): FilePlace {
  return { file: display(file), line: position.line, column: position.column };
}

/** As compilers print it, so that editors can jump to the place. */
export function formatFinding(finding: Finding): string {
  const { place, before, verdict, path, message, kind, help } = finding;
  const { file, line, column } = place ?? before ?? { file: "schema", line: 1, column: 1 };
  const remedy = help === undefined ? "" : `\n  help: ${help}`;
  return `${file}:${line}:${column}: ${verdict}: ${path}: ${message} (${kind})${remedy}`;
}
