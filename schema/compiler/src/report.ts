/** Collects the problems of a compilation in the order they are found, bounded; it decides nothing. */
import type { Diagnostic, Position } from "./diagnostic.ts";
import { diagnosticsMax } from "./limits.ts";

export interface Problem {
  readonly rule: string;
  readonly position: Position;
  readonly message: string;
  readonly help?: string | undefined;
}

export interface Report {
  error(file: string, problem: Problem): void;
  warning(file: string, problem: Problem): void;
  readonly hasErrors: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

export function createReport(): Report {
  const diagnostics: Diagnostic[] = [];
  let errors = 0;
  const add = (severity: Diagnostic["severity"], file: string, problem: Problem): void => {
    if (severity === "error") errors += 1;
    if (diagnostics.length >= diagnosticsMax) return;
    const { rule, position, message, help } = problem;
    diagnostics.push({
      severity,
      rule,
      file,
      position,
      message,
      ...(help === undefined ? {} : { help }),
    });
  };
  return {
    error: (file, problem) => add("error", file, problem),
    warning: (file, problem) => add("warning", file, problem),
    get hasErrors() {
      return errors > 0;
    },
    get diagnostics() {
      return diagnostics;
    },
  };
}

/** By file, then place: the order people read them in. Of two rules at one place the first says enough. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const rules = new Map<string, string>();
  const kept = diagnostics.filter(({ file, position, rule }) => {
    const place = `${position.line}:${position.column}:${file}`;
    const first = rules.get(place) ?? rule;
    rules.set(place, first);
    return first === rule;
  });
  return kept.sort(
    (left, right) =>
      compareText(left.file, right.file) ||
      left.position.line - right.position.line ||
      left.position.column - right.position.column,
  );
}

export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
