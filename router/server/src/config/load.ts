/**
 * Puts the settings together: the defaults, router.yaml over them, `NEXUS_*` over that, flags over all. Every source is checked
 * whole, so that all that is wrong is said at once, each with its place.
 */
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { type Environment, readEnvironment } from "./environment-source.ts";
import { redactText } from "./redact.ts";
import {
  mergeSettings,
  type Path,
  parseLayer,
  type Settings,
  type SettingsLayer,
  settingsDefault,
  settingsProblems,
} from "./settings.ts";
import { CONFIG_BYTES_MAX, readYaml } from "./yaml-source.ts";

/** Read from the working folder where no other file is named. */
export const CONFIG_FILE = "router.yaml";

/** What stands on the command line, by the key it sets; `config` names the file. */
export interface SettingsFlags {
  readonly config?: string;
  readonly listen?: readonly string[];
  readonly admin?: string;
  readonly allowedOrigins?: readonly string[];
  readonly logLevel?: string;
  readonly logFormat?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly allowPlaintext?: boolean;
  readonly schemas?: readonly string[];
  readonly registryPath?: string;
}

export interface SettingsSources {
  readonly flags: SettingsFlags;
  readonly environment: Environment;
  /** Where {@link CONFIG_FILE} is looked for, and what a relative path starts from. */
  readonly folder: string;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** The file that was read, as it was named. */
  readonly file: string | undefined;
}

/** Everything that is wrong with the settings, a line each. */
export class SettingsError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "SettingsError";
    this.problems = problems;
  }
}

/** @throws SettingsError with a line for each problem: place, key, what is wrong. */
export function loadSettings(sources: SettingsSources): LoadedSettings {
  const problems: string[] = [];
  const take = (value: unknown, place: (path: Path) => string): SettingsLayer => {
    const result = parseLayer(value);
    if (result.kind === "layer") return result.layer;
    for (const { path, message } of result.issues) {
      problems.push(`${place(path)}: ${nameOf(path)}${redactText(message)}`);
    }
    return {};
  };
  const { value: file, layer: fromFile } = fileLayer(sources, take, problems);
  const environment = readEnvironment(sources.environment);
  problems.push(...environment.faults);
  const fromEnvironment = take(environment.value, environment.place);
  const fromFlags = take(flagValue(sources.flags), flagOf);
  const asked = [fromFile, fromEnvironment, fromFlags].reduce(mergeSettings, settingsDefault);
  // What is shown is what holds: JSON lines are never spoken beside TLS.
  const settings = asked.tls === undefined ? asked : { ...asked, jsonLines: false };
  if (problems.length === 0) problems.push(...settingsProblems(settings));
  if (problems.length > 0) throw new SettingsError(problems);
  return { settings, file };
}

/** `log.level: `, and nothing for the whole. */
const nameOf = (path: Path): string => (path.length === 0 ? "" : `${path.join(".")}: `);

type Take = (value: unknown, place: (path: Path) => string) => SettingsLayer;

function fileLayer(
  { flags, environment, folder }: SettingsSources,
  take: Take,
  problems: string[],
): { readonly value: string | undefined; readonly layer: SettingsLayer } {
  const named = flags.config ?? (environment.NEXUS_CONFIG || undefined);
  const file = named ?? CONFIG_FILE;
  const found = statSync(resolve(folder, file), { throwIfNoEntry: false });
  if (found?.isFile() !== true) {
    if (named === undefined) return { value: undefined, layer: {} };
    problems.push(`${file}: there is no such file; --config and NEXUS_CONFIG name it`);
    return { value: file, layer: {} };
  }
  if (found.size > CONFIG_BYTES_MAX) {
    problems.push(`${file}: ${found.size} bytes, ${CONFIG_BYTES_MAX} are allowed`);
    return { value: file, layer: {} };
  }
  let text: string;
  try {
    text = readFileSync(resolve(folder, file), "utf8");
  } catch (error) {
    problems.push(`${file}: cannot be read: ${error instanceof Error ? error.message : error}`);
    return { value: file, layer: {} };
  }
  const yaml = readYaml(text);
  problems.push(...yaml.faults.map((fault) => `${file}:${fault}`));
  if (yaml.faults.length > 0) return { value: file, layer: {} };
  return { value: file, layer: take(yaml.value, (path) => `${file}:${yaml.place(path)}`) };
}

function flagValue(flags: SettingsFlags): unknown {
  const { listen, admin, allowedOrigins, logLevel: level, logFormat: format } = flags;
  const { tlsCert: cert, tlsKey: key, allowPlaintext, schemas, registryPath } = flags;
  return {
    ...(listen && { listen }),
    ...(admin !== undefined && { admin }),
    ...(allowedOrigins && { allowedOrigins }),
    tls: {
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(allowPlaintext !== undefined && { allowPlaintext }),
    },
    ...(schemas && { schemas }),
    ...(registryPath !== undefined && { registry: { path: registryPath } }),
    log: { ...(level !== undefined && { level }), ...(format !== undefined && { format }) },
  };
}

const flagNames: Readonly<Record<string, string>> = {
  listen: "--listen",
  admin: "--admin",
  allowedOrigins: "--allow-origin",
  "tls.cert": "--tls-cert",
  "tls.key": "--tls-key",
  "tls.allowPlaintext": "--allow-plaintext",
  schemas: "--schema",
  "registry.path": "--registry",
  "log.level": "--log-level",
  "log.format": "--log-format",
};

const flagOf = (path: Path): string =>
  flagNames[path.filter((step) => typeof step === "string").join(".")] ?? "flags";
