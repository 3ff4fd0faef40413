/** Reads a file's import statements for the loader, which needs to know nothing else of it. */
import type { Position } from "./diagnostic.ts";
import { parse } from "./parser.ts";
import type { SourceFile } from "./source.ts";

export interface ImportStatement {
  readonly path: string;
  /** Of the path in the text. */
  readonly position: Position;
}

export function importsOf(file: SourceFile): readonly ImportStatement[] {
  return parse(file).tree.imports.map(({ path, position }) => ({ path, position }));
}
