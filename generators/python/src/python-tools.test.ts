/** The golden folders under Python's own tools, where an environment with them is named by NEXUS_PYTHON_VENV. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("..", import.meta.url));
const { NEXUS_PYTHON_VENV: environment, NEXUS_REQUIRE } = process.env;
const minutes = 60_000;

const isolated = ["--isolated", "--line-length", "100", "golden"];
const checks = [
  {
    name: "ruff format leaves generated code unchanged",
    command: "ruff",
    args: ["format", "--check", ...isolated],
    verdict: /already formatted/,
  },
  {
    name: "ruff check finds nothing in generated code",
    command: "ruff",
    args: ["check", ...isolated],
    verdict: /All checks passed/,
  },
  {
    name: "pyright finds nothing in generated code under its strict rules",
    command: "pyright",
    args: ["--project", "."],
    verdict: /^0 errors, 0 warnings/m,
  },
];

const isHere = environment !== undefined || NEXUS_REQUIRE === "all";
const notice = isHere ? "" : " (left out: NEXUS_PYTHON_VENV names no environment with the tool)";

test.runIf(isHere).each(checks)(
  `$name${notice}`,
  { timeout: 5 * minutes },
  ({ command, args, verdict }) => {
    if (environment === undefined) throw new Error("NEXUS_PYTHON_VENV names no environment");
    const bin = join(environment, "bin");
    const run = spawnSync(join(bin, command), args, {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    });
    expect(`${run.stdout}${run.stderr}${run.error ?? ""}`.trim()).toMatch(verdict);
    expect(run.status).toBe(0);
  },
);
