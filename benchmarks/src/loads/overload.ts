/**
 * Three times the calls that a provider can take: how many it still answers, and what becomes of the others. A provider says
 * how many calls it may have at a time, and the router refuses what is beyond.
 */
import { atLeast, atMost, type LoadOptions, none, type Report, rounded } from "../claim.ts";
import { freePort } from "../port.ts";
import { startProgram } from "../process.ts";

const CONCURRENCY = 32;
const CALL_TAKES_MS = 20;
/** Just what the provider can take, but for what timers add. */
const FULL_PER_SECOND = (CONCURRENCY * 1_000) / (CALL_TAKES_MS + 2);
const OVERLOAD = 3;
const WARM_UP_MS = 1_000;
const DURATION_MS = 8_000;
const QUICK_MS = 2_000;
const CALL_TIMEOUT_MS = 2_000;
const GOODPUT_SHARE_MIN = 0.8;
const HELD_MIB_MAX = 16;

export async function overload({ isQuick }: LoadOptions): Promise<Report> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const nexusUrl = url.replace("tcp:", "nexus:");
  const router = await startProgram("nexus-router.ts", [url]);
  const worker = await startProgram("nexus-patient-worker.ts", [
    nexusUrl,
    String(CALL_TAKES_MS),
    String(CONCURRENCY),
  ]);
  const caller = await startProgram("nexus-caller.ts", [
    nexusUrl,
    String(CALL_TIMEOUT_MS),
    "overload",
  ]);
  try {
    const params = { inFlight: 0, payloadBytes: 128, durationMs: isQuick ? QUICK_MS : DURATION_MS };
    await caller.run({ ...params, perSecond: FULL_PER_SECOND, durationMs: WARM_UP_MS });
    const full = await caller.run({ ...params, perSecond: FULL_PER_SECOND });
    const before = await router.memory();
    const over = await caller.run({ ...params, perSecond: OVERLOAD * FULL_PER_SECOND });
    const after = await router.memory();
    const goodput = (run: typeof full): number => (run.figures?.answered ?? 0) / run.seconds;
    const row = (load: string, run: typeof full) => ({
      load,
      offeredPerSecond: Math.round(run.count / run.seconds),
      answeredPerSecond: Math.round(goodput(run)),
      refused: run.figures?.exhausted ?? 0,
      p99Ms: rounded(run.p99Us / 1_000),
    });
    const { failed = 0, exhausted = 0 } = over.figures ?? {};
    const held = (after.heldKib - before.heldKib) / 1_024;
    return {
      rows: [row("full", full), row("three times", over)],
      claims: [
        atLeast(
          "calls answered a second, of those at full load",
          goodput(over) / goodput(full),
          GOODPUT_SHARE_MIN,
        ),
        none("calls without an end", over.lost),
        none("calls that failed otherwise than refused at once", failed - exhausted),
        atMost("what the router holds more", held, HELD_MIB_MAX, "MiB"),
      ],
    };
  } finally {
    await caller.stop();
    await worker.stop();
    await router.stop();
  }
}
