/**
 * `npm run simulate -- --seeds 200 [--from 1] [--threads 2] [--fault name]`: runs seeds, a share on each thread, and prints those
 * that fail.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { faults } from "./faults.ts";
import type { Share } from "./seeds-thread.ts";
import type { Outcome } from "./simulate.ts";

/** More threads than this wait for each other's memory. */
const THREADS_MAX = 8;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    from: { type: "string", default: "1" },
    threads: { type: "string", default: String(Math.min(availableParallelism(), THREADS_MAX)) },
    fault: { type: "string" },
  },
});
const seeds = wholeNumber("--seeds", values.seeds);
const from = wholeNumber("--from", values.from);
const threads = Math.max(1, Math.min(wholeNumber("--threads", values.threads), seeds));
if (values.fault !== undefined && faults.every(({ name }) => name !== values.fault)) {
  const names = faults.map(({ name }) => `  ${name}`).join("\n");
  fail(`no planted fault is named "${values.fault}"; there are:\n${names}`);
}

const startedAt = performance.now();
const totals = { seeds: 0, steps: 0, virtualMs: 0, calls: 0, failed: 0 };
await Promise.all(Array.from({ length: threads }, (_, first) => runShare(first)));
const seconds = (performance.now() - startedAt) / 1000;
console.log(
  `${totals.seeds} seeds from ${from}: ${totals.failed} failed; ${totals.calls} calls, ${totals.steps} steps, ` +
    `${Math.round(totals.virtualMs / 1000)} s of virtual time in ${seconds.toFixed(1)} s on ${threads} threads`,
);
process.exitCode = totals.failed === 0 && totals.seeds === seeds ? 0 : 1;

/** Every `threads`-th seed from `first` on; seeds need nothing of each other. */
function runShare(first: number): Promise<void> {
  const share: Share = {
    from: from + first,
    below: from + seeds,
    step: threads,
    ...(values.fault !== undefined && { fault: values.fault }),
  };
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("seeds-thread.ts", import.meta.url), {
      workerData: share,
      execArgv: ["--conditions=@nexus-bridge/source"],
    });
    worker.on("message", count);
    worker.on("error", reject);
    worker.on("exit", () => resolve());
  });
}

function count(outcome: Outcome): void {
  totals.seeds++;
  totals.steps += outcome.steps;
  totals.virtualMs += outcome.virtualMs;
  totals.calls += outcome.calls;
  if (outcome.violations.length === 0) return;
  totals.failed++;
  report(outcome);
}

function report({ seed, hash, violations }: Outcome): void {
  console.log(`seed ${seed} (${hash}) fails; replay it with --from ${seed} --seeds 1`);
  for (const { rule, detail, atMs } of violations) console.log(`  ${atMs} ms ${rule}: ${detail}`);
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    fail(`${name} must be a whole number from 0, not "${text}"`);
  return value;
}

function fail(text: string): never {
  console.error(text);
  process.exit(2);
}
