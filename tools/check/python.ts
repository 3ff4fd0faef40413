/** The virtual environment that holds Python's development tools, made once for each set of requirements. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runStep } from "./step.ts";

export interface PythonEnvironment {
  readonly folder: string;
  /** Why it could not be made; absent when it stands. */
  readonly failure?: string;
}

/** A virtual environment knows its own path, so it is made in place and marked when complete. */
export async function pythonEnvironment(root: string): Promise<PythonEnvironment> {
  const requirements = join(root, "sdks/python/requirements-dev.txt");
  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 16);
  const folder = join(root, ".toolchain", `python-${hash}`);
  const complete = join(folder, "complete");
  if (existsSync(complete)) return { folder };
  rmSync(folder, { recursive: true, force: true });
  const make = [
    ["python3", "-m", "venv", folder],
    [join(folder, "bin/pip"), "install", "--quiet", "--requirement", requirements],
  ] as const;
  for (const command of make) {
    const result = await runStep({ name: "python", command: [...command], folder: root });
    if (!result.ok) return { folder, failure: result.output.trim() };
  }
  writeFileSync(complete, "");
  return { folder };
}
