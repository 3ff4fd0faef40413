/**
 * A subscriber that stops reading while a publisher sends as fast as it can: what that costs the router, and what becomes of a
 * sibling that reads the same topic.
 */
import { freePort } from "./port.ts";
import { startProgram } from "./process.ts";

export interface SlowRow {
  readonly peer: "nexus";
  readonly payloadBytes: number;
  readonly published: number;
  readonly perSecond: number;
  /** Of what was published, what the sibling neither got nor was told of by a gap. */
  readonly siblingLost: number;
  readonly siblingGaps: number;
  readonly residentMibMaxMore: number;
  readonly heldMibMore: number;
}

const PAYLOAD_BYTES = 1_024;

export async function measureSlowSubscriber(durationMs: number): Promise<SlowRow> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const nexusUrl = url.replace("tcp:", "nexus:");
  const router = await startProgram("nexus-router.ts", [url]);
  const client = await startProgram("nexus-slow.ts", [nexusUrl]);
  try {
    // The first run is the warm-up; in it everybody reads.
    await client.run({ inFlight: 0, payloadBytes: PAYLOAD_BYTES, durationMs: 500 });
    const before = await router.memory();
    const run = await client.run({ inFlight: 1, payloadBytes: PAYLOAD_BYTES, durationMs });
    const after = await router.memory();
    return {
      peer: "nexus",
      payloadBytes: PAYLOAD_BYTES,
      published: run.count,
      perSecond: Math.round(run.count / run.seconds),
      siblingLost: run.lost,
      siblingGaps: run.gaps ?? 0,
      residentMibMaxMore: rounded((after.residentKibMax - before.residentKibMax) / 1_024),
      heldMibMore: rounded((after.heldKib - before.heldKib) / 1_024),
    };
  } finally {
    await client.stop();
    await router.stop();
  }
}

const rounded = (value: number): number => Math.round(value * 10) / 10;
