/** The router under test as a process of its own, on a free port. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../../router/server/src/main.ts", import.meta.url));

export interface RouterProcess {
  readonly port: number;
  readonly child: ChildProcess;
  stop(): Promise<number | null>;
}

export async function startRouterProcess(): Promise<RouterProcess> {
  const child = spawn(
    process.execPath,
    ["--conditions=@nexus-bridge/source", main, "--listen", "tcp://127.0.0.1:0"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const over = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /^listening \S+:(\d+)$/.exec(line)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
    void over.then((code) => reject(new Error(`the router ended with code ${code}`)));
  });
  return {
    port,
    child,
    stop() {
      child.kill("SIGTERM");
      return over;
    },
  };
}
