/** Programs of the hostile suite as processes of their own: started from sources, asked over IPC, always ended. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { RouterReport } from "./router-program.ts";

const START_TIMEOUT_MS = 15_000;
/**
 * V8 lets the young generation of a machine with much memory grow to 128 MiB before it looks, whatever the program holds; what
 * is measured here is the router. Operators who count megabytes set the same through NODE_OPTIONS.
 */
const ROUTER_FLAGS = ["--max-semi-space-size=8"];

function start(
  program: string,
  args: readonly string[],
  flags: readonly string[] = [],
): ChildProcess {
  const path = fileURLToPath(new URL(program, import.meta.url));
  return fork(path, [...args], {
    execArgv: [...flags, "--expose-gc", "--conditions=@nexus-bridge/source"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

/** The child's next message; rejects when it ends before. */
async function answer(child: ChildProcess, name: string): Promise<unknown> {
  const over = new AbortController();
  const { signal } = over;
  try {
    return await Promise.race([
      once(child, "message", { signal }).then(([message]) => message),
      once(child, "exit", { signal }).then(([code, by]) => {
        throw new Error(`${name} ended with ${code ?? by}`);
      }),
    ]);
  } finally {
    over.abort();
  }
}

export interface AttackedRouter {
  readonly port: number;
  readonly url: string;
  report(): Promise<RouterReport>;
  /** Asks until `holds`, and returns the report for which it does; rejects after 10 s. */
  until(holds: (report: RouterReport) => boolean): Promise<RouterReport>;
  readonly isRunning: boolean;
  stop(): Promise<void>;
}

const UNTIL_MS = 10_000;

export async function startAttackedRouter(
  limits: Readonly<Record<string, number>>,
): Promise<AttackedRouter> {
  const child = start("router-program.ts", [JSON.stringify(limits)], ROUTER_FLAGS);
  const timer = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
  const port = Number(await answer(child, "the router"));
  clearTimeout(timer);
  const report = async (): Promise<RouterReport> => {
    child.send("report");
    return (await answer(child, "the router")) as RouterReport;
  };
  return {
    port,
    url: `nexus://127.0.0.1:${port}`,
    report,
    async until(holds) {
      const limit = performance.now() + UNTIL_MS;
      for (;;) {
        const found = await report();
        if (holds(found)) return found;
        if (performance.now() > limit) {
          throw new Error(`the router did not get there: ${JSON.stringify(found)}`);
        }
      }
    },
    get isRunning() {
      return child.exitCode === null && child.signalCode === null;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const over = once(child, "exit");
      child.disconnect();
      await over;
    },
  };
}

/** What an attack counted, by name. */
export type Evidence = Readonly<Record<string, number>>;

/** An attack under way: it has its evidence when its blows have fallen, and keeps its links until it is ended. */
export interface Attack {
  readonly evidence: Evidence;
  end(): Promise<void>;
}

/** Runs `attack` in a process of its own. */
export async function startAttack(attack: string, port: number): Promise<Attack> {
  const child = start("attacker.ts", [attack, String(port)]);
  const evidence = (await answer(child, `the attack ${attack}`)) as Evidence;
  return {
    evidence,
    async end() {
      const over = once(child, "exit");
      child.kill("SIGKILL");
      await over;
    },
  };
}
