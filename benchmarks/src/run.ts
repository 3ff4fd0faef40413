/** What a benchmark's processes say to each other: one run asked for, one run's figures back. */
import { existsSync, readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const STATUS = "/proc/self/status";

export interface RunParams {
  readonly inFlight: number;
  readonly payloadBytes: number;
  readonly durationMs: number;
  /** For loads that keep a rate, whatever becomes of what they sent. */
  readonly perSecond?: number;
}

/** The figures of one run as the measuring process saw them. */
export interface RunResult {
  readonly count: number;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly lost: number;
  /** Messages that a gap told of; where the workload has such. */
  readonly gaps?: number;
  /** What else the workload counted. */
  readonly figures?: Figures;
}

export type Figures = Readonly<Record<string, number>>;

/** Memory of one process, in KiB. */
export interface Memory {
  /** What its objects and buffers take once all that nobody refers to is gone. */
  readonly heldKib: number;
  readonly residentKib: number;
  /** The most that was ever resident. */
  readonly residentKibMax: number;
}

export type ToChild =
  | { readonly kind: "run"; readonly params: RunParams }
  | { readonly kind: "cpu" }
  | { readonly kind: "memory" }
  | { readonly kind: "figures" }
  | { readonly kind: "stop" };

export type FromChild =
  | { readonly kind: "ready" }
  | { readonly kind: "result"; readonly result: RunResult }
  | { readonly kind: "cpu"; readonly microseconds: number }
  | { readonly kind: "memory"; readonly memory: Memory }
  | { readonly kind: "figures"; readonly figures: Figures }
  | { readonly kind: "failed"; readonly message: string };

export interface Workload {
  run(params: RunParams): Promise<RunResult>;
  /** What the process counts beside its runs. */
  figures?(): Figures;
  stop(): Promise<void>;
}

function send(message: FromChild): void {
  process.send?.(message);
}

/** The child's side: answers requests until it is told to stop or its parent is gone. */
export async function answerRuns(open: () => Promise<Workload>): Promise<void> {
  const fail = (error: unknown): void =>
    send({
      kind: "failed",
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  process.on("disconnect", () => process.exit(0));
  try {
    const workload = await open();
    process.on("message", (message: ToChild) => {
      switch (message.kind) {
        case "run":
          workload.run(message.params).then((result) => send({ kind: "result", result }), fail);
          return;
        case "cpu": {
          const { user, system } = process.cpuUsage();
          send({ kind: "cpu", microseconds: user + system });
          return;
        }
        case "memory":
          send({ kind: "memory", memory: measureMemory() });
          return;
        case "figures":
          send({ kind: "figures", figures: workload.figures?.() ?? {} });
          return;
        case "stop":
          workload.stop().then(
            () => process.exit(0),
            () => process.exit(1),
          );
          return;
        default:
          message satisfies never;
      }
    });
    send({ kind: "ready" });
  } catch (error) {
    fail(error);
  }
}

function measureMemory(): Memory {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  // Buffers of what the first finds are given back by the second.
  for (let round = 0; round < 2; round++) if (typeof collect === "function") collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  const status = existsSync(STATUS) ? readFileSync(STATUS, "utf8") : "";
  const peakKib = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  return {
    heldKib: (heapUsed + external) / 1024,
    residentKib: rss / 1024,
    residentKibMax: Math.max(peakKib, rss / 1024),
  };
}

/** A workload that only serves others. */
export function serving(stop: () => Promise<void>, figures?: () => Figures): Workload {
  return {
    run: () => Promise.reject(new Error("a worker runs no load of its own")),
    ...(figures && { figures }),
    stop,
  };
}
