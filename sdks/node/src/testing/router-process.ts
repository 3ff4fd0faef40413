/** A router in a process of its own, and programs that use it; both from the checkout's sources. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = new URL("../../../../", import.meta.url);
const SOURCES = "--conditions=@nexus-bridge/source";

export interface RouterProcess {
  /** What the router printed for each `--listen`. */
  readonly addresses: readonly string[];
  stop(): Promise<void>;
}

export async function startRouterProcess(
  listen: readonly string[],
  further: readonly string[] = [],
): Promise<RouterProcess> {
  const main = fileURLToPath(new URL("router/server/src/main.ts", root));
  const flags = [...listen.flatMap((url) => ["--listen", url]), ...further];
  const child = spawn(process.execPath, [SOURCES, main, ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const addresses: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("listening ")) addresses.push(line.slice("listening ".length));
    if (addresses.length === listen.length) break;
  }
  if (addresses.length < listen.length) throw new Error("the router did not start");
  return { addresses, stop: () => stop(child) };
}

export interface Ran {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

/** Runs one of the samples to its end. */
export async function runSample(name: string, url: string): Promise<Ran> {
  const file = fileURLToPath(new URL(`sdks/node/samples/${name}`, root));
  const child = spawn(process.execPath, [SOURCES, file], {
    env: { ...process.env, NEXUS_URL: url },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [lines, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { code, errors, lines: lines.split("\n").slice(0, -1) };
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = "";
  for await (const chunk of stream) all += String(chunk);
  return all;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
