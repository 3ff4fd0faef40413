/** What `npm test` runs: each step is one command a person can run alone. */
import { join } from "node:path";
import type { Step } from "./step.ts";

const sources = "--conditions=@nexus-bridge/source";

/** The steps that need nothing but the project's own toolchain. */
export function checkSteps(
  root: string,
  environment: Readonly<Record<string, string>>,
): readonly Step[] {
  const local = (name: string, ...command: [string, ...string[]]): Step => ({
    name,
    command: [join(root, "node_modules/.bin", command[0]), ...command.slice(1)],
    folder: root,
    environment,
  });
  const script = (name: string, ...command: readonly string[]): Step => ({
    name,
    command: [process.execPath, sources, ...command],
    folder: root,
    environment,
  });
  return [
    local("types (tsc -b)", "tsc", "-b"),
    local("lint and layout (biome)", "biome", "check", "--error-on-warnings", "--colors=off"),
    local("layers (dependency-cruiser)", "depcruise", "--config", ".dependency-cruiser.js", "."),
    script("generated files are fresh", "tools/fresh.ts", "--check"),
    local(
      "unit tests (vitest)",
      "turbo",
      "run",
      "test",
      "--concurrency=2",
      "--continue",
      "--output-logs=full",
    ),
    script("conformance suite", "conformance/src/main.ts"),
    script(
      "every language calls every language",
      "tools/start.ts",
      "--once",
      "--listen",
      "tcp://127.0.0.1:0",
    ),
  ];
}

/** The steps that need Python and its development tools. */
export function pythonSteps(root: string, environment: string): readonly Step[] {
  const tool = (name: string, ...command: [string, ...string[]]): Step => ({
    name,
    command: [join(environment, "bin", command[0]), ...command.slice(1)],
    folder: join(root, "sdks/python"),
    environment: { NEXUS_PYTHON_VENV: environment },
  });
  return [
    tool("Python lint (ruff check)", "ruff", "check", "."),
    tool("Python layout (ruff format)", "ruff", "format", "--check", "."),
    tool(
      "Python types (pyright)",
      "pyright",
      "--project",
      ".",
      "--pythonpath",
      join(environment, "bin/python"),
    ),
    tool("Python tests (pytest)", "pytest", "-q", "-rs"),
  ];
}
