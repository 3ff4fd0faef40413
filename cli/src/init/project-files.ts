/**
 * The files of a new project: templates as they are, and the few that depend on the languages and on where the packages
 * come from. Only text; nothing is written here.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../package-folder.ts";
import { nodeDependencies, type Origin } from "./checkout.ts";

export interface ProjectFile {
  /** Relative to the project, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface ProjectRequest {
  readonly languages: readonly string[];
  readonly origin: Origin;
}

/** What `nexus init` can leave of one language. */
interface Starter {
  readonly programs: readonly string[];
  /** The target of nexus.config.json. */
  readonly target: Readonly<Record<string, unknown>>;
}

const starters: Readonly<Record<string, Starter>> = {
  typescript: {
    programs: ["typescript/provider.ts", "typescript/caller.ts"],
    target: { out: "typescript/gen", options: { importExtension: "ts" } },
  },
  node: {
    programs: ["node/provider.js", "node/caller.js"],
    target: { out: "node/gen" },
  },
  python: {
    programs: ["python/provider.py", "python/caller.py"],
    target: { out: "python", package: "hello_adapters" },
  },
};

/** Languages that `nexus init` has programs for. */
export const starterLanguages: readonly string[] = Object.keys(starters);

export const schemaPath = "schema/hello/v1/hello.proto";

export function projectFiles(request: ProjectRequest): readonly ProjectFile[] {
  const { languages, origin } = request;
  const programs = languages.flatMap((name) => starters[name]?.programs ?? []);
  const files: ProjectFile[] = [schemaPath, ...programs].map((path) => ({
    path,
    text: template(path),
  }));
  files.push({ path: "nexus.config.json", text: configText(languages) });
  files.push({ path: ".gitignore", text: "node_modules/\n.venv/\n__pycache__/\n" });
  if (usesNode(languages)) {
    files.push({ path: "package.json", text: packageText(languages, origin) });
  }
  if (languages.includes("typescript")) {
    files.push({ path: "tsconfig.json", text: tsconfigText(origin) });
  }
  if (languages.includes("python") && origin.checkout === undefined) {
    files.push({ path: "requirements.txt", text: `nexus-bridge==${origin.version}\n` });
  }
  return files;
}

export function usesNode(languages: readonly string[]): boolean {
  return languages.includes("typescript") || languages.includes("node");
}

function template(path: string): string {
  return readFileSync(join(packageFolder, "templates", path), "utf8");
}

function configText(languages: readonly string[]): string {
  const targets = languages.map((language) => ({ language, ...starters[language]?.target }));
  return json({ inputs: ["schema"], targets });
}

function packageText(languages: readonly string[], origin: Origin): string {
  const condition = origin.checkout === undefined ? "" : "--conditions=@nexus-bridge/source ";
  const scripts: Record<string, string> = { router: "nexus start", generate: "nexus generate" };
  for (const language of languages) {
    for (const program of starters[language]?.programs ?? []) {
      if (program.endsWith(".py")) continue;
      const name = program.includes("provider") ? "provider" : "caller";
      scripts[`${name}:${language}`] = `node ${condition}${program}`;
    }
  }
  if (languages.includes("typescript")) scripts.types = "tsc";
  return json({
    name: "hello",
    private: true,
    type: "module",
    scripts,
    ...nodeDependencies(origin, languages.includes("typescript")),
  });
}

function tsconfigText(origin: Origin): string {
  const conditions =
    origin.checkout === undefined ? {} : { customConditions: ["@nexus-bridge/source"] };
  return json({
    compilerOptions: {
      target: "ES2024",
      lib: ["ES2024", "ESNext.Disposable", "ESNext.Collection", "DOM", "DOM.AsyncIterable"],
      types: ["node"],
      module: "NodeNext",
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      erasableSyntaxOnly: true,
      ...conditions,
    },
    include: ["typescript"],
  });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
