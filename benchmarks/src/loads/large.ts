/**
 * A thousand large answers to a caller that reads slowly and has granted credit for all of them: what the router holds for it,
 * and what becomes of another caller with another provider, who share nothing with it but the router.
 */
import { limits } from "@nexus-bridge/protocol";
import { atLeast, atMost, type LoadOptions, none, type Report, rounded } from "../claim.ts";
import { freePort } from "../port.ts";
import { startProgram } from "../process.ts";

const ANSWERS = 1_000;
const QUICK_ANSWERS = 200;
const ANSWER_BYTES = 256 * 1_024;
/** Slow beside what the provider could send, and done in some seconds. */
const READ_BYTES_PER_SECOND = 32 * 1_024 * 1_024;
const NEIGHBOUR_PER_SECOND = 200;
const NEIGHBOUR_TIMEOUT_MS = 10_000;
/** What the other links of the same router have in the meantime, a stream's credit for each of their calls. */
const OTHERS_CREDIT_MIB_MAX = 16;
const NEIGHBOUR_MS = 8_000;
const QUICK_NEIGHBOUR_MS = 2_000;
const MIB = 1_024 * 1_024;
/** A heap that V8 has let grow before it looks, and slabs outside the arena. */
const RESIDENT_MIB_MORE = 128;

export async function large({ isQuick }: LoadOptions): Promise<Report> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const nexusUrl = url.replace("tcp:", "nexus:");
  const router = await startProgram("nexus-router.ts", [url]);
  // Two: of the places of one, a single caller gets seven eighths.
  const sources = await Promise.all([1, 2].map(() => startProgram("nexus-source.ts", [nexusUrl])));
  const worker = await startProgram("nexus-patient-worker.ts", [nexusUrl, "0"]);
  const neighbour = await startProgram("nexus-caller.ts", [nexusUrl, String(NEIGHBOUR_TIMEOUT_MS)]);
  const caller = await startProgram("nexus-slow-caller.ts", [url, String(READ_BYTES_PER_SECOND)]);
  try {
    const answers = isQuick ? QUICK_ANSWERS : ANSWERS;
    const steady = { inFlight: 0, payloadBytes: 128, perSecond: NEIGHBOUR_PER_SECOND };
    const alone = await neighbour.run({ ...steady, durationMs: 2_000 });
    await router.figures();
    const before = await router.memory();
    const [run, beside] = await Promise.all([
      caller.run({ inFlight: answers, payloadBytes: ANSWER_BYTES, durationMs: 60_000 }),
      neighbour.run({ ...steady, durationMs: isQuick ? QUICK_NEIGHBOUR_MS : NEIGHBOUR_MS }),
    ]);
    const { creditBytesMax = 0, queuedBytesMax = 0, slabBytesMax = 0 } = await router.figures();
    const after = await router.memory();
    const { answered = 0, bytes = 0 } = run.figures ?? {};
    const residentMore = (after.residentKibMax - before.residentKib) / 1_024;
    const creditMib = limits.creditBytesPerLink / MIB;
    return {
      rows: [
        {
          answers,
          answered,
          mib: rounded(bytes / MIB),
          seconds: rounded(run.seconds),
          creditMibMax: rounded(creditBytesMax / MIB),
          queuedMibMax: rounded(queuedBytesMax / MIB),
          slabMibMax: rounded(slabBytesMax / MIB),
          residentMibMaxMore: rounded(residentMore),
          heldMibMore: rounded((after.heldKib - before.heldKib) / 1_024),
          neighbourP99MsAlone: rounded(alone.p99Us / 1_000),
          neighbourP99Ms: rounded(beside.p99Us / 1_000),
        },
      ],
      claims: [
        none("large answers that did not come", answers - answered),
        atLeast("their bytes", bytes / MIB, (answers * ANSWER_BYTES) / MIB, "MiB"),
        atMost(
          "credit of all links, with what waits for it",
          creditBytesMax / MIB,
          creditMib + OTHERS_CREDIT_MIB_MAX,
          "MiB",
        ),
        atMost("resident memory more", residentMore, creditMib + RESIDENT_MIB_MORE, "MiB"),
        none("calls of the neighbour that failed", beside.figures?.failed ?? Number.NaN),
      ],
    };
  } finally {
    await caller.stop();
    await neighbour.stop();
    await worker.stop();
    for (const source of sources) await source.stop();
    await router.stop();
  }
}
