/** One step of a task: a child process whose output is kept and shown only when it fails or when asked for. */
import { spawn } from "node:child_process";

export interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface StepResult {
  readonly name: string;
  readonly ok: boolean;
  readonly output: string;
  readonly seconds: number;
}

const outputBytesMax = 16 << 20;

/** Children that must not outlive this process, whatever ends it. */
const running = new Set<ReturnType<typeof spawn>>();

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    for (const child of running) child.kill(signal);
    process.exitCode = signal === "SIGINT" ? 130 : 143;
  });
}

export function runStep(step: Step): Promise<StepResult> {
  const started = performance.now();
  return new Promise((resolve) => {
    const [command, ...commandArguments] = step.command;
    const child = spawn(command, commandArguments, {
      cwd: step.folder,
      env: { ...process.env, ...step.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    let output = "";
    const collect = (chunk: Buffer): void => {
      if (output.length < outputBytesMax) output += chunk.toString("utf8");
    };
    const end = (ok: boolean): void => {
      running.delete(child);
      resolve({ name: step.name, ok, output, seconds: (performance.now() - started) / 1000 });
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", (error) => {
      output += `could not start ${command}: ${error.message}\n`;
      end(false);
    });
    child.once("close", (code) => end(code === 0));
  });
}

export interface LaneOptions {
  readonly lanes: number;
  readonly onStart?: (step: Step) => void;
  readonly onEnd: (result: StepResult) => void;
}

/** Runs the steps in their order, `lanes` at a time; every step runs, also after a failure. */
export async function runSteps(
  steps: readonly Step[],
  { lanes, onStart, onEnd }: LaneOptions,
): Promise<readonly StepResult[]> {
  const results: StepResult[] = [];
  const waiting = [...steps];
  const lane = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      onStart?.(step);
      const result = await runStep(step);
      results.push(result);
      onEnd(result);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
