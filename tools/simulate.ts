/** `npm run simulate -- --seeds 20000 [--from N]`: hands over to the simulation, which nobody imports. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../simulation/src/main.ts", import.meta.url));
const { status } = spawnSync(
  process.execPath,
  ["--conditions=@nexus-bridge/source", main, ...process.argv.slice(2)],
  { stdio: "inherit" },
);
process.exitCode = status ?? 1;
