/**
 * Runs `nexus test`: starts the conformance suite as a child process and ends with its code. The suite is the one of the
 * checkout, or the bundled file of an installed package.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join, resolve } from "node:path";
import type { TestFlags } from "../commands/test.ts";
import { Failure } from "../failure.ts";
import { packageFolder } from "../package-folder.ts";

/** A shell says so of a program that a signal ended. */
const SIGNALLED = 128;

export function runTest(languages: readonly string[], flags: TestFlags): void {
  const { status, signal, error } = spawnSync(
    process.execPath,
    [...suite(), ...suiteWords(languages, flags)],
    { stdio: "inherit" },
  );
  if (error !== undefined) throw new Failure(`the suite did not start: ${error.message}`);
  process.exitCode = status ?? SIGNALLED + (signal === null ? 0 : constants.signals[signal]);
}

/** Node's words that start the suite. */
function suite(): readonly string[] {
  const checkout = join(packageFolder, "../conformance/src/main.ts");
  if (existsSync(checkout)) return ["--conditions=@nexus-bridge/source", checkout];
  const bundled = join(packageFolder, "dist/nexus-conformance.mjs");
  if (existsSync(bundled)) return [bundled];
  throw new Failure(`the suite is not in this installation: there is no ${bundled}`);
}

function suiteWords(languages: readonly string[], flags: TestFlags): readonly string[] {
  const { adapter = [], matrix, trace, json, list, ...values } = flags;
  const named = [...new Set(languages.flatMap((name) => name.split(",")))];
  // Who names languages wants to know whether they understand each other.
  const isPaired = named.length > 1 && flags.pair === undefined;
  return [
    ...(named.length > 0 ? ["--lang", named.join(",")] : []),
    ...Object.entries(values).map(([name, value]) => `--${name}=${value}`),
    ...adapter.map((path) => `--adapter=${resolve(path)}`),
    ...Object.entries({ matrix: matrix ?? isPaired, trace, json, list }).flatMap(([name, isSet]) =>
      isSet === true ? [`--${name}`] : [],
    ),
  ];
}
