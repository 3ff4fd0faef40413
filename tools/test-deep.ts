/**
 * `npm run test:deep`: the campaigns that take minutes, one after the other and alone on the machine, with what each
 * prints: mutated frames, attackers beside honest clients, and simulated worlds (`-- --seeds N --from N` goes on elsewhere).
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "20000" },
    from: { type: "string", default: "1" },
  },
});

const campaigns: readonly (readonly [string, ...string[]])[] = [
  ["pnpm", "--dir", "protocol", "test:deep"],
  ["pnpm", "--dir", "router/core", "test:deep"],
  ["pnpm", "--dir", "conformance", "test:deep"],
  [
    process.execPath,
    "--conditions=@nexus-bridge/source",
    "tools/simulate.ts",
    "--seeds",
    values.seeds,
    "--from",
    values.from,
  ],
];

/** Mutated frames for each decoder, and for the router's sessions. */
const FUZZ_RUNS = "10000000";
const env = { NEXUS_FUZZ_RUNS: FUZZ_RUNS, ...process.env };

let failed = 0;
for (const [command, ...commandArguments] of campaigns) {
  const { status } = spawnSync(command, commandArguments, { cwd: root, env, stdio: "inherit" });
  if (status !== 0) failed += 1;
}
console.log(`campaigns: ${campaigns.length - failed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
