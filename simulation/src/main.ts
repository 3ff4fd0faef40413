/** `npm run simulate -- --seeds 200 [--from 1] [--fault name]`: runs seeds one after the other and prints those that fail. */
import { parseArgs } from "node:util";
import { faults } from "./faults.ts";
import { type Outcome, simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    from: { type: "string", default: "1" },
    fault: { type: "string" },
  },
});
const seeds = wholeNumber("--seeds", values.seeds);
const from = wholeNumber("--from", values.from);
const fault = faults.find(({ name }) => name === values.fault);
if (values.fault !== undefined && fault === undefined) {
  const names = faults.map(({ name }) => `  ${name}`).join("\n");
  fail(`no planted fault is named "${values.fault}"; there are:\n${names}`);
}

const startedAt = performance.now();
const totals = { steps: 0, virtualMs: 0, calls: 0, failed: 0 };
for (let seed = from; seed < from + seeds; seed++) {
  const outcome = await simulate(seed, fault);
  totals.steps += outcome.steps;
  totals.virtualMs += outcome.virtualMs;
  totals.calls += outcome.calls;
  if (outcome.violations.length > 0) {
    totals.failed++;
    report(outcome);
  }
}
const seconds = (performance.now() - startedAt) / 1000;
console.log(
  `${seeds} seeds from ${from}: ${totals.failed} failed; ${totals.calls} calls, ${totals.steps} steps, ` +
    `${Math.round(totals.virtualMs / 1000)} s of virtual time in ${seconds.toFixed(1)} s`,
);
process.exitCode = totals.failed === 0 ? 0 : 1;

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
