/** What a benchmark's processes say to each other: one run asked for, one run's figures back. */

export interface RunParams {
  readonly inFlight: number;
  readonly payloadBytes: number;
  readonly durationMs: number;
}

/** The figures of one run as the measuring process saw them. */
export interface RunResult {
  readonly count: number;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly lost: number;
}

export type ToChild =
  | { readonly kind: "run"; readonly params: RunParams }
  | { readonly kind: "cpu" }
  | { readonly kind: "stop" };

export type FromChild =
  | { readonly kind: "ready" }
  | { readonly kind: "result"; readonly result: RunResult }
  | { readonly kind: "cpu"; readonly microseconds: number }
  | { readonly kind: "failed"; readonly message: string };

export interface Workload {
  run(params: RunParams): Promise<RunResult>;
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

/** A workload that only serves others. */
export function serving(stop: () => Promise<void>): Workload {
  return {
    run: () => Promise.reject(new Error("a worker runs no load of its own")),
    stop,
  };
}
