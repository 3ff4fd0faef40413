/** A folder of its own for one test, and a language small enough to read: one text file a schema file. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { FileView, Language } from "../language.ts";
import type { LanguageSource, Project } from "../project.ts";

export interface Workspace extends Disposable {
  readonly folder: string;
  write(path: string, text: string): void;
  read(path: string): string;
  path(path: string): string;
  project(change?: Partial<Project>): Project;
}

export function makeWorkspace(files: Readonly<Record<string, string>> = {}): Workspace {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "nexus-generate-")));
  const workspace: Workspace = {
    folder,
    write: (path, text) => {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
    read: (path) => readFileSync(join(folder, path), "utf8"),
    path: (path) => join(folder, path),
    project: (change) => ({
      base: folder,
      workingFolder: folder,
      inputs: ["schema"],
      targets: [{ language: "outline", out: "gen" }],
      ...change,
    }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
  for (const [path, text] of Object.entries(files)) workspace.write(path, text);
  return workspace;
}

interface OutlineView extends FileView {
  readonly lines: readonly string[];
}

/** Lists the messages of each input file. */
const outline: Language<OutlineView> = {
  name: "outline",
  options: [
    {
      name: "case",
      description: "of the names",
      values: ["as-is", "upper"],
      defaultValue: "as-is",
    },
  ],
  view: (model, target) => ({
    views: model.files
      .filter((file) => file.isInput)
      .map((file) => ({
        path: file.path.replace(/\.proto$/, ".txt"),
        source: file.path,
        lines: file.messages.map(({ name }) =>
          target.options.case === "upper" ? name.toUpperCase() : name,
        ),
      })),
    diagnostics: [],
  }),
  render: (views) =>
    views.map(({ path, lines }) => ({ path, text: lines.map((line) => `${line}\n`).join("") })),
};

export const testLanguages: readonly LanguageSource[] = [
  { name: "outline", generator: async () => outline as Language },
];

export const emptySchema = 'syntax = "proto3";\n';
