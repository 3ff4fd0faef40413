/** The words of the command line. What is not known is an error with what is. */
import { parseArgs } from "node:util";
import { type Level, levels } from "./template.ts";

export interface Options {
  readonly languages: readonly string[] | undefined;
  readonly pair: readonly [client: string, server: string] | undefined;
  readonly family: string | undefined;
  readonly case: string | undefined;
  readonly level: Level | undefined;
  readonly matrix: boolean;
  readonly trace: boolean;
  readonly json: boolean;
  /** Writes requirements/1.0.yaml and spec-map.yaml from what is there, instead of checking them. */
  readonly lock: boolean;
  readonly list: boolean;
  /** The mutants and the cases that they name, nothing else. */
  readonly mutants: boolean;
  readonly report: string | undefined;
  /** Manifests (adapter.json) of languages that are not of this project. */
  readonly adapters: readonly string[];
}

export class UsageError extends Error {}

export function readOptions(words: readonly string[]): Options {
  const { values } = parsed(words);
  const pair = values.pair?.split(":");
  if (pair !== undefined && pair.length !== 2)
    throw new UsageError(`--pair ${values.pair}: write client:server, for example node:python`);
  const level = values.level as Level | undefined;
  if (level !== undefined && !levels.includes(level))
    throw new UsageError(`--level ${level}: one of ${levels.join(", ")}`);
  return {
    languages: values.lang?.split(","),
    pair: pair as [string, string] | undefined,
    family: values.family,
    case: values.case,
    level,
    matrix: values.matrix,
    trace: values.trace,
    json: values.json,
    lock: values.lock,
    list: values.list,
    mutants: values.mutants,
    report: values.report,
    adapters: values.adapter ?? [],
  };
}

function parsed(words: readonly string[]) {
  const flag = { type: "boolean", default: false } as const;
  try {
    return parseArgs({
      args: [...words],
      options: {
        lang: { type: "string" },
        pair: { type: "string" },
        family: { type: "string" },
        case: { type: "string" },
        level: { type: "string" },
        report: { type: "string" },
        adapter: { type: "string", multiple: true },
        matrix: flag,
        trace: flag,
        json: flag,
        lock: flag,
        list: flag,
        mutants: flag,
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
