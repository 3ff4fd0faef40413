/** The languages that have an adapter, what each must be able to do, and whether its tools are on this machine. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Transport } from "../referee/duplex.ts";
import type { AdapterCommand } from "./adapter-process.ts";
import type { Candidate } from "./expand.ts";
import type { Level } from "./template.ts";

export const root: string = fileURLToPath(new URL("../../..", import.meta.url));
const folder = join(root, "conformance");

export interface Language extends Candidate {
  readonly run: AdapterCommand;
  readonly build: readonly (readonly string[])[];
  /** Why it cannot run here, and what to install. */
  readonly missing: string | undefined;
}

interface Manifest {
  readonly language: string;
  readonly build?: readonly (readonly string[])[];
  readonly run: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A program that must be there, and what to do where it is not. */
  readonly needs?: { readonly command: readonly string[]; readonly install: string };
}

interface Expected {
  readonly level: Level;
  readonly transports: readonly Transport[];
  readonly features: readonly string[];
}

export function expectations(): Readonly<Record<string, Expected>> {
  return parse(readFileSync(join(folder, "features.yaml"), "utf8"));
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

function missing({ needs }: Manifest): string | undefined {
  if (needs === undefined) return undefined;
  const [program = "", ...words] = expanded(needs.command);
  const { status } = spawnSync(program, words, { stdio: "ignore", cwd: root });
  return status === 0 ? undefined : needs.install;
}

export function languages(): readonly Language[] {
  const expected = expectations();
  const adapters = join(folder, "adapters");
  return readdirSync(adapters)
    .sort()
    .filter((name) => existsSync(join(adapters, name, "adapter.json")))
    .flatMap((name) => {
      const manifest = JSON.parse(
        readFileSync(join(adapters, name, "adapter.json"), "utf8"),
      ) as Manifest;
      const should = expected[manifest.language];
      if (should === undefined) throw new Error(`features.yaml does not name ${manifest.language}`);
      return [
        {
          name: manifest.language,
          level: should.level,
          transports: should.transports,
          features: new Set(should.features),
          build: (manifest.build ?? []).map(expanded),
          run: {
            command: expanded(manifest.run),
            folder: root,
            environment: manifest.environment ?? {},
          },
          missing: missing(manifest),
        },
      ];
    });
}

/** The router is judged by the same suite; it has no adapter. */
export const routerCandidate: Candidate = {
  name: "router",
  level: "full",
  transports: ["tcp"],
  features: new Set(),
};
