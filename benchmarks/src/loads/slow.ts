/**
 * A subscriber that stops reading while a publisher sends as fast as it can: what that costs the router, and what becomes of a
 * sibling that reads the same topic.
 */
import { limits } from "@nexus-bridge/protocol";
import { atLeast, atMost, type LoadOptions, none, type Report, rounded } from "../claim.ts";
import { freePort } from "../port.ts";
import { startProgram } from "../process.ts";

const PAYLOAD_BYTES = 1_024;
const WARM_UP_MS = 2_000;
/** Less than what ends a link that takes nothing (writeStallMs): it must be there until the end. */
const DURATION_MS = 8_000;
const QUICK_MS = 1_000;
const MIB = 1_024 * 1_024;
/** What lies in slabs and in what Node keeps of a write. */
const SLABS_MIB = 8;
/**
 * QoS 0: the cap of the link's queue. QoS 1: the topic's ring, from which slow readers read, with what a message costs beside
 * its bytes, and what one subscription may have unacknowledged.
 */
const heldMibMax = {
  0: limits.outboxBytesPerLink / MIB + SLABS_MIB,
  1: (3 * limits.ringMessages * PAYLOAD_BYTES) / MIB + SLABS_MIB,
} as const;

export async function slow({ isQuick }: LoadOptions): Promise<Report> {
  const reports = [await measure(0, isQuick), await measure(1, isQuick)];
  return {
    rows: reports.flatMap(({ rows }) => rows),
    claims: reports.flatMap(({ claims }) => claims),
  };
}

async function measure(qos: 0 | 1, isQuick: boolean): Promise<Report> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const nexusUrl = url.replace("tcp:", "nexus:");
  const router = await startProgram("nexus-router.ts", [url]);
  const client = await startProgram("nexus-slow.ts", [nexusUrl, String(qos)]);
  try {
    // The first run is the warm-up; in it everybody reads.
    const params = { inFlight: 0, payloadBytes: PAYLOAD_BYTES };
    await client.run({ ...params, durationMs: isQuick ? 500 : WARM_UP_MS });
    const before = await router.memory();
    const durationMs = isQuick ? QUICK_MS : DURATION_MS;
    const run = await client.run({ ...params, inFlight: 1, durationMs });
    const { subscriptions = 0 } = await router.figures();
    const after = await router.memory();
    const held = (after.heldKib - before.heldKib) / 1_024;
    return {
      rows: [
        {
          peer: "nexus",
          qos,
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
        atLeast(`QoS ${qos}: subscribers at the end`, subscriptions, 2),
        none(`QoS ${qos}: messages that the sibling did not get`, run.lost + (run.gaps ?? 0)),
        atMost(`QoS ${qos}: what the router holds more`, held, heldMibMax[qos], "MiB"),
      ],
    };
  } finally {
    await client.stop();
    await router.stop();
  }
}
