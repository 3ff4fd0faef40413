/**
 * Calls the echo at a steady rate, whatever becomes of the calls before:
 * `nexus-caller.ts <url> <milliseconds a call may take> [overload]`.
 */
import { connect, NexusError } from "@nexus-bridge/sdk-node";
import { Echo } from "../gen/bench/v1/index.ts";
import { payloadOf } from "../load.ts";
import { keepPace, Latencies } from "../pace.ts";
import { answerRuns, type RunParams, type RunResult } from "../run.ts";

const [, , url = "", timeout = "", overload = ""] = process.argv;
/** Refusals are what is measured then. */
const isOverload = overload === "overload";
const timeoutMs = Number(timeout);
/** Failures of one run that are told in words. */
const TOLD_MAX = 3;

await answerRuns(async () => {
  let connects = 0;
  const link = await connect(url, {
    onDiagnostic: ({ kind }) => {
      if (kind === "connected") connects++;
    },
  });
  const echo = link.client(Echo);

  async function run({ payloadBytes, perSecond = 0, durationMs }: RunParams): Promise<RunResult> {
    const data = payloadOf(payloadBytes);
    const latencies = new Latencies();
    const failures: string[] = [];
    const calls = new Set<Promise<void>>();
    const connectsBefore = connects;
    let answered = 0;
    let exhausted = 0;
    const one = async (dueAtMs: number): Promise<void> => {
      try {
        const answer = await echo.say({ data }, { timeoutMs });
        if (Buffer.compare(answer.data, data) !== 0) throw new Error("the echo has other bytes");
        answered++;
        latencies.record(dueAtMs);
      } catch (error) {
        const code = error instanceof NexusError ? error.code : "?";
        if (code === "RESOURCE_EXHAUSTED") exhausted++;
        failures.push(`${code}: ${error instanceof Error ? error.message : String(error)}`);
      }
    };
    const { count, seconds } = await keepPace({
      perSecond,
      durationMs,
      send: (_at, dueAtMs) => {
        const call = one(dueAtMs).finally(() => calls.delete(call));
        calls.add(call);
      },
    });
    await Promise.all(calls);
    const told = isOverload ? [] : failures.slice(0, TOLD_MAX);
    for (const failure of told) console.error(`a call failed: ${failure}`);
    return {
      count,
      seconds,
      p50Us: latencies.p50Us,
      p99Us: latencies.p99Us,
      lost: count - answered - failures.length,
      figures: {
        answered,
        failed: failures.length,
        exhausted,
        reconnects: connects - connectsBefore,
        maxUs: latencies.maxUs,
      },
    };
  }

  return { run, stop: () => link.close() };
});
