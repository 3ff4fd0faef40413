/**
 * `npm run conformance:protobuf -- [--lang a,b] [--json]`: protobuf's own suite over the classes that Nexus generates. It
 * fails on any failure or skip in a format that the language declares, and on any count that is not the locked one.
 */
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type ProtobufAdapter, protobufAdapters } from "./adapters.ts";
import { generateClasses, run } from "./classes.ts";
import { type Counts, judge, runnerCommand, type Verdict } from "./official-runner.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = join(root, "conformance", ".protobuf");
const locksPath = fileURLToPath(new URL("../../requirements/protobuf.json", import.meta.url));

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_NOT_RUN = 3;
/** Complaints printed of one language; the file has all. */
const COMPLAINTS_SHOWN = 20;

type Locks = Readonly<Record<string, Readonly<Record<string, number>>>>;

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { lang: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help === true) {
    process.stdout.write("npm run conformance:protobuf -- [--lang a,b] [--json]\n");
    return;
  }
  const adapters = await protobufAdapters(root);
  const names = values.lang?.split(",") ?? [...adapters.keys()];
  const unknown = names.filter((name) => !adapters.has(name));
  if (unknown.length > 0) {
    fail(
      EXIT_USAGE,
      `no testee for ${unknown.join(", ")}; there are ${[...adapters.keys()].join(", ")}`,
    );
    return;
  }
  const runner = runnerCommand(root);
  if (typeof runner === "string") {
    fail(EXIT_NOT_RUN, `not run: ${runner}`);
    return;
  }
  const chosen = names.map((name) => adapters.get(name) as ProtobufAdapter);
  await generateClasses(root, folder, chosen);
  const locks = JSON.parse(await readFile(locksPath, "utf8")) as Locks;
  const languages: Record<string, { binary: Counts; json: Counts }> = {};
  for (const adapter of chosen) {
    const verdict = await judgeOne(adapter, runner);
    languages[adapter.language] = { binary: verdict.binary, json: verdict.json };
    report(adapter, verdict, locks[adapter.language] ?? {});
  }
  if (values.json === true) process.stdout.write(`${JSON.stringify({ languages })}\n`);
}

async function judgeOne(adapter: ProtobufAdapter, runner: readonly string[]): Promise<Verdict> {
  const [program, ...words] = adapter.build ?? [];
  if (program !== undefined) await run(program, words, root);
  const testee = join(folder, `testee-${adapter.language}.sh`);
  const settings = Object.entries(adapter.environment).map(([name, value]) => `${name}=${value}`);
  const command = ["env", ...settings, ...adapter.testee].map(quoted).join(" ");
  await writeFile(testee, `#!/bin/sh\ncd ${quoted(root)} && exec ${command}\n`);
  await chmod(testee, 0o755);
  return judge({ runner, testee, folder: join(folder, "results", adapter.language) });
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Says what came out, on stderr: stdout is for `--json`. */
function report(
  adapter: ProtobufAdapter,
  verdict: Verdict,
  locks: Readonly<Record<string, number>>,
): void {
  const problems: string[] = [];
  for (const format of ["binary", "json"] as const) {
    const { passed, failed, skipped } = verdict[format];
    const isDeclared = adapter.formats.includes(format);
    const declared = isDeclared ? "" : " (not declared)";
    say(
      `${adapter.language} ${format}${declared}: ${passed} passed, ${failed} failed, ${skipped} skipped`,
    );
    if (!isDeclared) continue;
    if (failed + skipped > 0) problems.push(`${format}: ${failed} failed and ${skipped} skipped`);
    const locked = locks[format];
    if (passed !== locked) {
      problems.push(
        `${format}: ${passed} passed, ${locked ?? "nothing"} is locked in requirements/protobuf.json`,
      );
    }
  }
  if (problems.length === 0) return;
  const complaints = verdict.complaints.filter(({ format }) => adapter.formats.includes(format));
  for (const { test, text } of complaints.slice(0, COMPLAINTS_SHOWN)) {
    say(`  ${test}: ${text.slice(0, 600)}`);
  }
  for (const problem of problems) fail(EXIT_FAILED, `${adapter.language} ${problem}`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function fail(code: number, text: string): void {
  say(text);
  process.exitCode = code;
}
