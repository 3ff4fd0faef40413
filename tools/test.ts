/**
 * `npm test`: everything that can be checked on this machine, then what was left out and why. A language whose tools
 * are missing is left out by name; under NEXUS_REQUIRE=all that is a failure.
 */
import { fileURLToPath } from "node:url";
import { pythonEnvironment } from "./check/python.ts";
import { runSteps, type Step, type StepResult } from "./check/step.ts";
import { checkSteps, pythonSteps } from "./check/steps.ts";
import { toolchains } from "./check/toolchains.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const lanes = 2;
const isVerbose = process.argv.includes("--verbose");
const requiresAll = process.env.NEXUS_REQUIRE === "all";

function report(result: StepResult): void {
  const mark = result.ok ? "ok  " : "FAIL";
  console.log(`${mark} ${result.name} (${result.seconds.toFixed(1)} s)`);
  if (!result.ok || isVerbose) console.log(result.output.trimEnd());
}

/** Tests that cannot run here say so on a line of their own. */
function leftOutBy(result: StepResult): readonly string[] {
  return [...result.output.matchAll(/^.*\bleft out: (.+)$/gm)].map((match) => match[1] ?? "");
}

async function plan(): Promise<{ steps: readonly Step[]; leftOut: readonly string[] }> {
  const leftOut: string[] = [];
  const steps: Step[] = [];
  const environment: Record<string, string> = {};
  for (const { language, missing } of await toolchains()) {
    if (missing.length > 0) leftOut.push(`${language.title}: ${missing.join("; ")}`);
    else if (language.name === "python") {
      const python = await pythonEnvironment(root);
      if (python.failure === undefined) {
        environment.NEXUS_PYTHON_VENV = python.folder;
        steps.push(...pythonSteps(root, python.folder));
      } else leftOut.push(`${language.title}: its tools did not install: ${python.failure}`);
    }
  }
  return { steps: [...checkSteps(root, environment), ...steps], leftOut };
}

const { steps, leftOut } = await plan();
const results = await runSteps(steps, { lanes, onEnd: report });
const failed = results.filter((result) => !result.ok);
const absent = [...new Set([...leftOut, ...results.flatMap(leftOutBy)])];

for (const reason of absent) console.log(`left out: ${reason}`);
if (absent.length === 0) console.log("nothing was left out");
for (const result of failed) console.log(`failed: ${result.name}`);
const failures = failed.length + (requiresAll ? absent.length : 0);
if (requiresAll && absent.length > 0)
  console.log("NEXUS_REQUIRE=all: what is left out is a failure");
console.log(`checks: ${results.length - failed.length} passed, ${failures} failed`);
if (failures > 0) process.exitCode = 1;
