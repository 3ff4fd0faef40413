/** Reads the settings that stand in `NEXUS_*` variables. Other variables of that prefix belong to other programs. */
import { limits } from "@nexus-bridge/protocol";
import type { Path } from "./settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

interface Variable {
  readonly name: string;
  readonly path: readonly string[];
  readonly read: (text: string) => unknown;
}

const text = (value: string): unknown => value;
const list = (value: string): unknown => value.split(",").map((item) => item.trim());
/** What is no number stays text, which is then refused by name. */
const number = (value: string): unknown =>
  value.trim() === "" || Number.isNaN(Number(value)) ? value : Number(value);

const flag = (value: string): unknown =>
  value === "true" ? true : value === "false" ? false : value;

const LIMITS_PREFIX = "NEXUS_LIMITS_";
const limitVariable = (name: string): string =>
  `${LIMITS_PREFIX}${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** One row a variable. */
export const variables: readonly Variable[] = [
  { name: "NEXUS_LISTEN", path: ["listen"], read: list },
  { name: "NEXUS_ADMIN", path: ["admin"], read: text },
  { name: "NEXUS_TLS_CERT", path: ["tls", "cert"], read: text },
  { name: "NEXUS_TLS_KEY", path: ["tls", "key"], read: text },
  { name: "NEXUS_ALLOW_PLAINTEXT", path: ["tls", "allowPlaintext"], read: flag },
  { name: "NEXUS_ALLOWED_HOSTS", path: ["allowedHosts"], read: list },
  { name: "NEXUS_ALLOWED_ORIGINS", path: ["allowedOrigins"], read: list },
  { name: "NEXUS_LOG_LEVEL", path: ["log", "level"], read: text },
  { name: "NEXUS_LOG_FORMAT", path: ["log", "format"], read: text },
  { name: "NEXUS_SCHEMAS", path: ["schemas"], read: list },
  { name: "NEXUS_REGISTRY_PUSH", path: ["registry", "push"], read: flag },
  { name: "NEXUS_REGISTRY_PATH", path: ["registry", "path"], read: text },
  { name: "NEXUS_JSON_LINES", path: ["jsonLines"], read: flag },
  { name: "NEXUS_RINGS", path: ["rings"], read: list },
  { name: "NEXUS_TRACE_SAMPLE", path: ["trace", "sample"], read: number },
  ...Object.keys(limits).map((name) => ({
    name: limitVariable(name),
    path: ["limits", name],
    read: number,
  })),
];

export interface EnvironmentSource {
  readonly value: Readonly<Record<string, unknown>>;
  /** The variable that `path` came from. */
  place(path: Path): string;
  readonly faults: readonly string[];
}

/** An empty variable is as good as none. */
export function readEnvironment(environment: Environment): EnvironmentSource {
  const value: Record<string, unknown> = {};
  for (const { name, path, read } of variables) {
    const given = environment[name];
    if (given !== undefined && given !== "") set(value, path, read(given));
  }
  const known = new Set(variables.map(({ name }) => name));
  const faults = Object.keys(environment)
    .filter((name) => name.startsWith(LIMITS_PREFIX) && !known.has(name))
    .map((name) => `${name}: there is no such limit`);
  return { value, place: (path) => variableOf(path)?.name ?? "environment", faults };
}

function set(value: Record<string, unknown>, [first = "", second]: Path, given: unknown): void {
  if (second === undefined) value[first] = given;
  else value[first] = { ...(value[first] as object | undefined), [second]: given };
}

const variableOf = (path: Path): Variable | undefined =>
  variables.find((variable) => variable.path.every((step, at) => path[at] === step));
