/**
 * A subscriber that stops reading while a publisher sends as fast as it can: what that costs the router, and what becomes of a
 * sibling that reads the same topic.
 */
import { limits } from "@nexus-bridge/protocol";
import { atMost, type LoadOptions, none, type Report, rounded } from "../claim.ts";
import { freePort } from "../port.ts";
import { startProgram } from "../process.ts";

const PAYLOAD_BYTES = 1_024;
const WARM_UP_MS = 2_000;
const DURATION_MS = 10_000;
const QUICK_MS = 1_000;
const MIB = 1_024 * 1_024;
/** The queue's cap, and what lies in slabs and in what Node keeps of a write. */
const HELD_MIB_MAX = limits.outboxBytesPerLink / MIB + 8;

export async function slow({ isQuick }: LoadOptions): Promise<Report> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const nexusUrl = url.replace("tcp:", "nexus:");
  const router = await startProgram("nexus-router.ts", [url]);
  const client = await startProgram("nexus-slow.ts", [nexusUrl]);
  try {
    // The first run is the warm-up; in it everybody reads.
    const params = { inFlight: 0, payloadBytes: PAYLOAD_BYTES };
    await client.run({ ...params, durationMs: isQuick ? 500 : WARM_UP_MS });
    const before = await router.memory();
    const durationMs = isQuick ? QUICK_MS : DURATION_MS;
    const run = await client.run({ ...params, inFlight: 1, durationMs });
    const after = await router.memory();
    const held = (after.heldKib - before.heldKib) / 1_024;
    return {
      rows: [
        {
          peer: "nexus",
          payloadBytes: PAYLOAD_BYTES,
          published: run.count,
          perSecond: Math.round(run.count / run.seconds),
          siblingLost: run.lost,
          siblingGaps: run.gaps ?? 0,
          heldMibMore: rounded(held),
          residentMibMaxMore: rounded((after.residentKibMax - before.residentKibMax) / 1_024),
        },
      ],
      claims: [
        none("messages that the sibling did not get", run.lost + (run.gaps ?? 0)),
        atMost("what the router holds more", held, HELD_MIB_MAX, "MiB"),
      ],
    };
  } finally {
    await client.stop();
    await router.stop();
  }
}
