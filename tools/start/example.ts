/** One language of the orders example: which programs it is made of, and how they run. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Example {
  readonly language: string;
  readonly folder: string;
  readonly service: readonly string[];
  readonly client: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** What one client printed of one call to one provider. */
export interface Measure {
  readonly caller: string;
  readonly call: string;
  readonly provider?: string;
  readonly ms?: number;
  readonly error?: string;
}

const readyTimeoutMs = 60_000;
const clientTimeoutMs = 120_000;
const stopTimeoutMs = 10_000;
const outputCharactersKept = 4_000;

export function readExample(root: string, language: string): Example {
  const folder = join(root, "examples/orders", language);
  const { service, client, environment } = JSON.parse(
    readFileSync(join(folder, "example.json"), "utf8"),
  );
  return { language, folder, service, client, environment: environment ?? {} };
}

interface Running {
  readonly child: ChildProcess;
  /** The end of what it wrote to stderr. */
  complaints(): string;
}

/** Programs that must not outlive this process, however it ends. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

function start(
  example: Example,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Running {
  const [file = "", ...programArguments] = command;
  const child = spawn(file, programArguments, {
    cwd: example.folder,
    env: { ...process.env, ...example.environment, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  child.once("close", () => running.delete(child));
  let complaints = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaints = (complaints + chunk.toString("utf8")).slice(-outputCharactersKept);
  });
  child.once("error", (error) => {
    complaints += `${file}: ${error.message}`;
  });
  return { child, complaints: () => complaints.trim() };
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once("close", (code) => resolve(code));
    child.once("error", () => resolve(null));
  });
}

export interface Service {
  readonly language: string;
  /** Resolves when the process has ended, whoever ended it. */
  readonly ended: Promise<string>;
  /** Lets it finish what it is doing, then ends it. */
  stop(): Promise<void>;
}

/** Starts the service and waits until it says that it is ready. */
export async function startService(
  example: Example,
  environment: Readonly<Record<string, string>>,
): Promise<Service> {
  const program = start(example, example.service, environment);
  const { child } = program;
  const over = ended(child);
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string): void => {
      child.kill("SIGKILL");
      reject(new Error(`the ${example.language} service ${why}\n${program.complaints()}`));
    };
    const timer = setTimeout(() => fail("was not ready within a minute"), readyTimeoutMs);
    lines.on("line", (line) => {
      if (line.trim() !== "ready") return;
      clearTimeout(timer);
      resolve();
    });
    void over.then((code) => {
      clearTimeout(timer);
      fail(`ended with code ${code} before it was ready`);
    });
  });
  return {
    language: example.language,
    ended: over.then((code) => `code ${code}\n${program.complaints()}`),
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
      await over;
      clearTimeout(timer);
    },
  };
}

export interface ClientOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Ends the client early; what it printed until then is kept. */
  readonly stop: AbortSignal;
}

/** Runs the client to its end; a client that fails without saying why is a measure with its complaints. */
export async function runClient(
  example: Example,
  { environment, stop }: ClientOptions,
): Promise<readonly Measure[]> {
  const program = start(example, example.client, environment);
  const { child } = program;
  stop.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
  const measures: Measure[] = [];
  const caller = example.language;
  createInterface({ input: child.stdout ?? process.stdin }).on("line", (line) => {
    if (line.startsWith("{")) measures.push({ caller, ...JSON.parse(line) });
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, clientTimeoutMs);
  const code = await ended(child);
  clearTimeout(timer);
  const isExplained = measures.some((measure) => measure.error !== undefined);
  if (code !== 0 && !isExplained && !stop.aborted) {
    const why = isLate ? "did not end within two minutes" : `ended with code ${code}`;
    measures.push({ caller, call: "client", error: `${why}\n${program.complaints()}` });
  }
  return measures;
}
