/** Hands a command of the checkout over to a program in a folder that nobody imports, with all its arguments. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** `path` is that of the program, from the repository's root. */
export function handOver(path: string): void {
  const program = fileURLToPath(new URL(`../${path}`, import.meta.url));
  const { status } = spawnSync(
    process.execPath,
    ["--conditions=@nexus-bridge/source", program, ...process.argv.slice(2)],
    { stdio: "inherit" },
  );
  process.exitCode = status ?? 1;
}
