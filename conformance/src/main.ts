/** `npm run conformance`: the command line, what a person sees, and the exit code. With --json stdout holds one object alone. */
import { join, resolve } from "node:path";
import { writeReport } from "./report/files.ts";
import { progressOn } from "./report/progress.ts";
import { table } from "./report/table.ts";
import { reportFolder } from "./runner/checkout.ts";
import { loadTemplates } from "./runner/load.ts";
import { readOptions, UsageError } from "./runner/options.ts";
import { type Run, run } from "./runner/run.ts";
import type { Result } from "./runner/schedule.ts";

const USAGE = 2;
/** Beside counts, the first failures are enough for a person: the report has all. */
const FAILURES_SHOWN = 40;

async function main(words: readonly string[]): Promise<number> {
  const options = readOptions(words);
  const progress = progressOn(process.stderr);
  const say = (line: string): void => {
    progress.clear();
    process.stderr.write(`${line}\n`);
  };
  if (options.list) {
    for (const { id, clauses } of loadTemplates()) say(`${id} ${clauses.join(" ")}`);
    return 0;
  }
  let shown = 0;
  const onResult = ({ who, case: played, outcome }: Result): void => {
    progress.played(outcome.passed);
    if (outcome.passed || ++shown > FAILURES_SHOWN) return;
    say(`  ${who} ${played.id}, step ${outcome.step}: ${outcome.message}`);
    if (!options.trace) return;
    for (const { link, from, text, hex } of outcome.transcript)
      say(`    ${link} ${from}: ${text}${hex && `\n      ${hex}`}`);
  };
  const finished = await run(options, {
    onBegin: progress.begin,
    onResult,
    ...(options.trace && {
      onKilled: ({ name, killedBy }, { message }) =>
        say(`  ${name} is killed by ${killedBy}: ${message}`),
    }),
    onEnd: (who, results, milliseconds) => {
      const passed = results.filter(({ outcome }) => outcome.passed).length;
      say(`${who}: ${passed} of ${results.length} passed (${(milliseconds / 1000).toFixed(1)} s)`);
    },
  });
  const folder = options.report === undefined ? reportFolder : resolve(options.report);
  writeReport(folder, finished);
  closing(finished, folder, say);
  if (options.json) process.stdout.write(`${JSON.stringify(finished.summary)}\n`);
  return finished.exitCode;
}

function closing(
  { summary, results, known, problems, absent }: Run,
  folder: string,
  say: (line: string) => void,
) {
  say(`\n${table({ summary, results, known })}\n`);
  const { planted, killed } = summary.mutants;
  if (planted > 0) say(`mutants: ${killed} of ${planted} killed`);
  for (const line of [...absent, ...problems]) say(line);
  say(`report: ${join(folder, "index.html")}`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = USAGE;
}
// What a broken testee left open must not keep the judge.
process.stdout.write("", () => process.stderr.write("", () => process.exit()));
