/** Documents: one `#` title each, and every relative link leads somewhere. */
import { dirname, join, normalize } from "node:path/posix";
import type { Problem, TextFile } from "./tree.ts";

interface Line {
  readonly number: number;
  readonly text: string;
}

/** The lines outside fenced code. */
function proseLines(text: string): readonly Line[] {
  let fence = "";
  const lines: Line[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1] ?? "";
    if (mark !== "") {
      if (fence === "") fence = mark;
      else if (mark.startsWith(fence)) fence = "";
    } else if (fence === "") lines.push({ number: index + 1, text: line });
  }
  return lines;
}

/** A changeset and a template have front matter in place of a title. */
function needsTitle(path: string): boolean {
  return !path.startsWith(".changeset/") && !path.startsWith(".github/");
}

function titleProblems(file: TextFile, lines: readonly Line[]): readonly Problem[] {
  const titles = lines.filter((line) => /^# /.test(line.text));
  if (titles.length === 1 || !needsTitle(file.path)) return [];
  const line = titles[1]?.number ?? 1;
  return [{ path: file.path, line, message: `${titles.length} titles (#), there must be one` }];
}

function linkTargets(line: string): readonly string[] {
  const withoutCode = line.replace(/`[^`]*`/g, "");
  return [...withoutCode.matchAll(/\]\(([^)\s]+)[^)]*\)/g)].flatMap((match) => match[1] ?? []);
}

export function documentProblems(
  files: readonly TextFile[],
  paths: ReadonlySet<string>,
): readonly Problem[] {
  const folders = new Set([...paths].flatMap(foldersOf));
  return files
    .filter((file) => file.path.endsWith(".md"))
    .flatMap((file) => {
      const lines = proseLines(file.text);
      const broken = lines.flatMap((line) =>
        linkTargets(line.text)
          .filter((target) => !/^([a-z]+:|#)/.test(target))
          .map((target) => ({ target, place: resolve(file.path, target) }))
          .filter(({ place }) => !paths.has(place) && !folders.has(place))
          .map(({ target }) => ({
            path: file.path,
            line: line.number,
            message: `the link to ${target} leads nowhere`,
          })),
      );
      return [...titleProblems(file, lines), ...broken];
    });
}

function resolve(from: string, target: string): string {
  const path = target.replace(/[#?].*$/, "");
  return normalize(join(dirname(from), path)).replace(/\/$/, "");
}

function foldersOf(path: string): readonly string[] {
  const folders = ["."];
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
    folders.push(path.slice(0, at));
  }
  return folders;
}
