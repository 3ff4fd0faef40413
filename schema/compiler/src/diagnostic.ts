/**
 * A problem in a schema, with its place and its remedy. Diagnostics are values: stages collect them, nobody throws them.
 */

export type Severity = "error" | "warning";

/** A place in a source file. Line and column count from 1; the column counts UTF-16 code units, a tab is one. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Diagnostic {
  readonly severity: Severity;
  /** Stable kebab-case name of the rule, for example `unknown-type`. */
  readonly rule: string;
  /** The file as it was named to the compiler, with `/`. */
  readonly file: string;
  readonly position: Position;
  /** What is wrong, in one sentence, without the place. */
  readonly message: string;
  /** What to do about it, where that is known. */
  readonly help?: string;
}

/** Renders `file:line:column: error: message (help)` as compilers do, so that editors can jump to it. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, position, severity, message, help } = diagnostic;
  const place = `${file}:${position.line}:${position.column}`;
  return `${place}: ${severity}: ${message}${help === undefined ? "" : `\n  help: ${help}`}`;
}
