/** A router under attack: says where it listens, then answers every question with what it counted and what it holds. */
import { readFileSync, writeFileSync } from "node:fs";
import { type RouterOptions, startRouter } from "@nexus-bridge/router";

/** What the router says of itself when it is asked. */
export interface RouterReport {
  /** Links that ended, by code. */
  readonly closed: Readonly<Record<number, number>>;
  /** Refusals, by gRPC code. */
  readonly refused: Readonly<Record<number, number>>;
  /** Faults of the router itself. */
  readonly failures: readonly string[];
  readonly links: number;
  readonly callsInFlight: number;
  readonly dropped: number;
  readonly queuedBytes: number;
  readonly creditBytes: number;
  /** What it holds on to, in KiB: memory in use once everything that nobody refers to is gone. */
  readonly heldKib: number;
  /** What it has now, in KiB. */
  readonly residentKib: number;
  /** The most memory it had since it was last asked, in KiB, with what was not collected yet. */
  readonly residentKibMax: number;
}

const [, , limits = "{}"] = process.argv;
const closed: Record<number, number> = {};
const refused: Record<number, number> = {};
const failures: string[] = [];

const count = (counts: Record<number, number>, code: number): void => {
  counts[code] = (counts[code] ?? 0) + 1;
};

const options: RouterOptions = {
  listen: ["tcp://127.0.0.1:0"],
  limits: JSON.parse(limits),
  onEvent: (event) => {
    if (event.kind === "linkClosed") count(closed, event.code);
    else if (event.kind === "refused") count(refused, event.code);
    else if (event.kind === "failed") failures.push(event.message);
  },
};

const router = await startRouter(options);

function heldKib(): number {
  if (globalThis.gc === undefined) throw new Error("start this program with --expose-gc");
  // Buffers of what the first finds are given back by the second.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return Math.round((heapUsed + external) / 1024);
}

/** Not `resourceUsage`: its figure goes back to before this program replaced the one that started it. */
function residentKibMax(): number {
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  if (found === undefined) throw new Error("the kernel does not say how much memory was used");
  return Number(found);
}

function report(): RouterReport {
  const { links, callsInFlight, dropped, queuedBytes, creditBytes } = router.stats();
  return {
    closed,
    refused,
    failures,
    links,
    callsInFlight,
    dropped,
    queuedBytes,
    creditBytes,
    heldKib: heldKib(),
    residentKib: Math.round(process.memoryUsage.rss() / 1024),
    residentKibMax: residentKibMax(),
  };
}

process.on("message", () => {
  process.send?.(report());
  // The next question asks for the most since this one.
  writeFileSync("/proc/self/clear_refs", "5");
});
process.on("disconnect", () => process.exit(0));
process.send?.(Number(new URL(router.addresses[0] ?? "").port));
