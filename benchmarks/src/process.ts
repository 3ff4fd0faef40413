/** The driver's side of a benchmark process: started, asked, measured, always ended. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Figures, FromChild, Memory, RunParams, RunResult, ToChild } from "./run.ts";

const startTimeoutMs = 20_000;
const clockTicksPerSecond = 100;
const children = new Set<ChildProcess>();

process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => process.exit(130));
}

function track(child: ChildProcess): void {
  children.add(child);
  child.once("exit", () => children.delete(child));
}

/** One process of a peer whose processor time is part of the figures. */
export interface Measured {
  cpuMicroseconds(): Promise<number>;
  stop(): Promise<void>;
}

export interface Program extends Measured {
  memory(): Promise<Memory>;
  figures(): Promise<Figures>;
  run(params: RunParams): Promise<RunResult>;
}

/** Starts one of our programs with its arguments and waits until it is ready. */
export async function startProgram(file: string, args: readonly string[]): Promise<Program> {
  const path = fileURLToPath(new URL(`peers/${file}`, import.meta.url));
  const child = fork(path, [...args], {
    execArgv: ["--conditions=@nexus-bridge/source"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
  track(child);
  const send = (message: ToChild): void => {
    child.send(message);
  };
  await answerOf(child, file, "ready", startTimeoutMs);
  return {
    async run(params) {
      send({ kind: "run", params });
      return (await answerOf(child, file, "result", params.durationMs + startTimeoutMs)).result;
    },
    async memory() {
      send({ kind: "memory" });
      return (await answerOf(child, file, "memory", startTimeoutMs)).memory;
    },
    async figures() {
      send({ kind: "figures" });
      return (await answerOf(child, file, "figures", startTimeoutMs)).figures;
    },
    async cpuMicroseconds() {
      send({ kind: "cpu" });
      return (await answerOf(child, file, "cpu", startTimeoutMs)).microseconds;
    },
    async stop() {
      const over = exited(child);
      if (child.connected) send({ kind: "stop" });
      const timer = setTimeout(() => child.kill("SIGKILL"), 3_000);
      await over;
      clearTimeout(timer);
    },
  };
}

type Answer<Kind> = Extract<FromChild, { kind: Kind }>;

function answerOf<Kind extends FromChild["kind"]>(
  child: ChildProcess,
  name: string,
  kind: Kind,
  timeoutMs: number,
): Promise<Answer<Kind>> {
  return new Promise((resolve, reject) => {
    const settle = (action: () => void): void => {
      clearTimeout(timer);
      child.off("message", onMessage);
      child.off("exit", onExit);
      action();
    };
    const timer = setTimeout(
      () => settle(() => reject(new Error(`${name} did not answer within ${timeoutMs} ms`))),
      timeoutMs,
    );
    const onExit = (code: number | null): void =>
      settle(() => reject(new Error(`${name} ended with code ${code}`)));
    const onMessage = (message: FromChild): void => {
      if (message.kind === "failed") settle(() => reject(new Error(`${name}: ${message.message}`)));
      else if (message.kind === kind) settle(() => resolve(message as Answer<Kind>));
    };
    child.on("message", onMessage);
    child.once("exit", onExit);
  });
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

/** A program that is not of this folder. */
export interface Server extends Measured {
  /** Asks it to end, waits until it has, and gives its exit code; null where a signal ended it. */
  end(): Promise<number | null>;
}

/** Starts a program that is not ours and waits until `isUp` says so; its processor time is read from /proc. */
export async function startServer(
  command: string,
  args: readonly string[],
  isUp: (output: string) => boolean,
): Promise<Server> {
  const child = spawn(command, [...args], { stdio: ["ignore", "pipe", "pipe"] });
  track(child);
  await new Promise<void>((resolve, reject) => {
    let output = "";
    const timer = setTimeout(
      () => reject(new Error(`${command}: not up\n${output}`)),
      startTimeoutMs,
    );
    const collect = (chunk: Buffer): void => {
      output += chunk.toString("utf8");
      if (!isUp(output)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new Error(`${command} ended with code ${code}\n${output}`)),
    );
  });
  const end = async (): Promise<number | null> => {
    child.kill("SIGTERM");
    await exited(child);
    return child.exitCode;
  };
  return {
    cpuMicroseconds: () => Promise.resolve(cpuOf(child.pid ?? 0)),
    end,
    async stop() {
      await end();
    },
  };
}

function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  return (ticks * 1e6) / clockTicksPerSecond;
}
