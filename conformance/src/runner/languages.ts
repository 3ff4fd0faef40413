/** The languages that have an adapter, what each must be able to do, and whether its tools are on this machine. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { Transport } from "../referee/duplex.ts";
import type { AdapterCommand } from "./adapter-process.ts";
import { readText, root } from "./checkout.ts";
import type { Candidate } from "./expand.ts";
import { UsageError } from "./options.ts";
import type { Level } from "./template.ts";

export interface Language extends Candidate {
  readonly run: AdapterCommand;
  readonly build: readonly (readonly string[])[];
  /** Why it cannot run here, and what to install. */
  readonly missing: string | undefined;
  /** Its manifest says what it can do: no lock of ours names it. */
  readonly isForeign?: true;
}

interface Expected {
  readonly level: Level;
  readonly transports: readonly Transport[];
  readonly features: readonly string[];
}

export function expectations(): Readonly<Record<string, Expected>> {
  return parse(readText("conformance/features.yaml"));
}

/** `$python` is the interpreter of the development environment, or the system's. */
function python(): string {
  const environment = process.env.NEXUS_PYTHON_VENV;
  if (environment !== undefined) return join(environment, "bin/python");
  return "python3";
}

/** A manifest's command as this machine runs it. */
export const expanded = (command: readonly string[]): readonly string[] =>
  command.map((word) => (word === "$python" ? python() : word));

function missing({ needs }: Manifest, folder: string): string | undefined {
  if (needs === undefined) return undefined;
  const [program = "", ...words] = expanded(needs.command);
  const { status } = spawnSync(program, words, { stdio: "ignore", cwd: folder });
  return status === 0 ? undefined : needs.install;
}

/** The languages of the checkout, then those of the manifests that are named; one that is named stands for its language. */
export function languages(manifests: readonly string[] = []): readonly Language[] {
  const expected = expectations();
  const adapters = join(root, "conformance/adapters");
  const own = (existsSync(adapters) ? readdirSync(adapters).sort() : [])
    .map((name) => join(adapters, name, "adapter.json"))
    .filter((path) => existsSync(path));
  const all = [...own, ...manifests].map((path) => languageOf(resolve(path), expected));
  return [...new Map(all.map((language) => [language.name, language])).values()];
}

function languageOf(path: string, expected: Readonly<Record<string, Expected>>): Language {
  const manifest = manifestOf(path);
  const { language, can, environment = {} } = manifest;
  const should = expected[language] ?? can;
  if (should === undefined)
    throw new UsageError(
      `${path}: features.yaml does not name ${language}: say what it can do under "can" (level, transports, features)`,
    );
  const folder = resolve(dirname(path), manifest.folder ?? ".");
  return {
    name: language,
    level: should.level,
    transports: should.transports,
    features: new Set(should.features),
    build: (manifest.build ?? []).map(expanded),
    run: { command: expanded(manifest.run), folder, environment },
    missing: missing(manifest, folder),
    ...(expected[language] === undefined && { isForeign: true }),
  };
}

const words = z.array(z.string()).min(1);

const manifestFile = z.looseObject({
  language: z.string().min(1),
  build: z.array(words).optional(),
  run: words,
  environment: z.record(z.string(), z.string()).optional(),
  /** Where its commands run, seen from the manifest; the manifest's own folder unless said. */
  folder: z.string().optional(),
  /** What a language that features.yaml does not name can do. */
  can: z
    .object({
      level: z.enum(["core", "standard", "full"]),
      transports: z.array(z.enum(["tcp", "unix", "tls", "ws"])).min(1),
      features: z.array(z.string()),
    })
    .optional(),
  /** A program that must be there, and what to do where it is not. */
  needs: z.object({ command: words, install: z.string() }).optional(),
});

type Manifest = z.infer<typeof manifestFile>;

function manifestOf(path: string): Manifest {
  try {
    return manifestFile.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    if (error instanceof z.ZodError) throw new UsageError(`${path}: ${z.prettifyError(error)}`);
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The router is judged by the same suite; it has no adapter. */
export const routerCandidate: Candidate = {
  name: "router",
  level: "full",
  transports: ["tcp"],
  features: new Set(),
};
