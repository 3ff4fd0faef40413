/**
 * Size ratchets: a file has at most 400 lines and a function at most 70. A longer one that exists already is written
 * down with its size and may only shrink.
 */
import ts from "typescript";
import type { Problem, TextFile } from "./tree.ts";

export const fileLinesMax = 400;
export const functionLinesMax = 70;

/** Lines allowed by `path` (files) and by `path#function` (functions), where they are above the limit. */
export type Ratchets = Readonly<Record<string, number>>;

const counted = /\.(ts|js|mjs|py|rs|cpp|hpp|cs|hbs)$/;

function linesOf(text: string): number {
  const lines = text.split("\n").length;
  return text.endsWith("\n") ? lines - 1 : lines;
}

function fileProblems(file: TextFile, ratchets: Ratchets): readonly Problem[] {
  const lines = linesOf(file.text);
  const allowed = ratchets[file.path] ?? fileLinesMax;
  if (lines <= allowed) return [];
  return [
    {
      path: file.path,
      line: allowed + 1,
      message: `${lines} lines, at most ${allowed}: split the room in two`,
    },
  ];
}

function nameOf(node: ts.Node): string {
  if (ts.isConstructorDeclaration(node)) return "constructor";
  const named = node as ts.Node & { name?: ts.Node };
  if (named.name !== undefined) return named.name.getText();
  const parent = node.parent as ts.Node & { name?: ts.Node };
  return parent?.name?.getText() ?? "anonymous";
}

/** A test's callbacks hold tables and steps; they are counted as part of their file only. */
function functionProblems(file: TextFile, ratchets: Ratchets): readonly Problem[] {
  if (!/\.(ts|js|mjs)$/.test(file.path) || /\.test\.ts$/.test(file.path)) return [];
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
  const problems: Problem[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      const start = source.getLineAndCharacterOfPosition(node.getStart()).line;
      const lines = source.getLineAndCharacterOfPosition(node.end).line - start + 1;
      const name = nameOf(node);
      const allowed = ratchets[`${file.path}#${name}`] ?? functionLinesMax;
      if (lines > allowed) {
        problems.push({
          path: file.path,
          line: start + 1,
          message: `function ${name} has ${lines} lines, at most ${allowed}`,
        });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return problems;
}

export function sizeProblems(files: readonly TextFile[], ratchets: Ratchets): readonly Problem[] {
  return files
    .filter((file) => counted.test(file.path))
    .flatMap((file) => [...fileProblems(file, ratchets), ...functionProblems(file, ratchets)]);
}
