/** Words that have no place in a finished tree: promises of later work, and paths of one person's machine. */
import type { Problem, TextFile } from "./tree.ts";

interface Rule {
  readonly pattern: RegExp;
  readonly message: string;
  readonly only?: RegExp;
}

// Spelt in pieces, so that this file does not break its own rules.
const rules: readonly Rule[] = [
  {
    pattern: new RegExp(
      `\\b(${["TO", "FIX", "X"].map((head, at) => head + ["DO", "ME", "XX"][at]).join("|")})\\b`,
    ),
    message: "do it or delete it: a promise in a comment is kept by nobody",
  },
  {
    pattern: new RegExp(
      `\\b(it|test|describe)\\.(${["on", "ski"].map((head, at) => head + ["ly", "p"][at]).join("|")})\\(`,
    ),
    message: "a test that is left out, or that leaves others out",
    only: /\.ts$/,
  },
  {
    pattern: new RegExp(
      `(^|[^\\w.])/(${["ho", "ro", "Us"].map((head, at) => head + ["me", "ot", "ers"][at]).join("|")})/`,
    ),
    message: "a path of one machine",
  },
];

export function wordProblems(files: readonly TextFile[]): readonly Problem[] {
  return files.flatMap((file) =>
    file.text
      .split("\n")
      .flatMap((line, index) =>
        rules
          .filter((rule) => (rule.only?.test(file.path) ?? true) && rule.pattern.test(line))
          .map((rule) => ({ path: file.path, line: index + 1, message: rule.message })),
      ),
  );
}
