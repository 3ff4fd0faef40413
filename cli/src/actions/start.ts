/** Runs `nexus start`: one router on the given addresses, its events as log lines, and its end by signals. */
import { type RouterEvent, type RunningRouter, startRouter } from "@nexus-bridge/router";
import type { StartFlags } from "../commands/start.ts";
import { Failure } from "../failure.ts";
import { note, print } from "../output.ts";

export async function runStart(flags: StartFlags): Promise<void> {
  const log = flags.logFormat === "json" ? logJson : logText;
  const router = await start(flags, log);
  for (const address of router.addresses) print(`listening ${address}`);
  await drainOnSignal(router);
}

async function start(
  flags: StartFlags,
  onEvent: (event: RouterEvent) => void,
): Promise<RunningRouter> {
  try {
    return await startRouter({
      ...(flags.listen === undefined ? {} : { listen: flags.listen }),
      onEvent,
    });
  } catch (error) {
    throw new Failure(error instanceof Error ? error.message : String(error));
  }
}

/** The first signal drains; a second one ends the process at once. */
async function drainOnSignal(router: RunningRouter): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let isDraining = false;
    const onSignal = (): void => {
      if (isDraining) process.exit(1);
      isDraining = true;
      note("draining; a second signal ends at once");
      router.drain().then(resolve, reject);
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  });
}

function logJson(event: RouterEvent): void {
  note(JSON.stringify({ time: new Date().toISOString(), ...event }, jsonValue));
}

function logText(event: RouterEvent): void {
  const { kind, ...rest } = event;
  const words = Object.entries(rest).map(([name, value]) => `${name}=${wordOf(value)}`);
  note([new Date().toISOString(), kind, ...words].join(" "));
}

function wordOf(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value, jsonValue) ?? "");
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}

function jsonValue(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
