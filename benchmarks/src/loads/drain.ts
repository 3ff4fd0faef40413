/**
 * A router that is asked to end while it is called a thousand times a second and more, and the next one that is started on the
 * same port. No call may fail: those that it has are answered before it ends, and those that are made meanwhile wait in their
 * caller for the next router, within their deadline.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  atLeast,
  atMost,
  type Claim,
  type LoadOptions,
  none,
  type Report,
  rounded,
} from "../claim.ts";
import { freePort } from "../port.ts";
import { type Server, startProgram, startServer } from "../process.ts";

const RATES = [1_000, 2_000];
const WARM_UP_MS = 1_000;
const DURATION_MS = 8_000;
const SIGTERM_AFTER_MS = 3_000;
const CALL_TAKES_MS = 20;
const CALL_TIMEOUT_MS = 10_000;
/** How often the next router tries the port while the one before still listens. */
const RETRY_MS = 50;
const STARTS_MAX = 100;
const nexus = fileURLToPath(new URL("../../../cli/bin/nexus.js", import.meta.url));

export async function drain({ isQuick }: LoadOptions): Promise<Report> {
  const reports: Report[] = [];
  for (const rate of isQuick ? RATES.slice(0, 1) : RATES) reports.push(await measure(rate));
  return {
    rows: reports.flatMap(({ rows }) => rows),
    claims: reports.flatMap(({ claims }) => claims),
  };
}

async function measure(perSecond: number): Promise<Report> {
  const address = `127.0.0.1:${await freePort()}`;
  const url = `nexus://${address}`;
  const first = await start(address);
  const worker = await startProgram("nexus-patient-worker.ts", [url, String(CALL_TAKES_MS)]);
  const caller = await startProgram("nexus-caller.ts", [url, String(CALL_TIMEOUT_MS)]);
  let second: Server | undefined;
  try {
    const params = { inFlight: 0, payloadBytes: 128, perSecond };
    await caller.run({ ...params, durationMs: WARM_UP_MS });
    const running = caller.run({ ...params, durationMs: DURATION_MS });
    await sleep(SIGTERM_AFTER_MS);
    const askedAt = performance.now();
    const ended = first.end().then((code) => ({ code, ms: performance.now() - askedAt }));
    second = await start(address);
    const secondMs = performance.now() - askedAt;
    const [run, { code, ms }] = await Promise.all([running, ended]);
    const { failed = 0, answered = 0, reconnects = 0, maxUs = 0 } = run.figures ?? {};
    const { handled = 0 } = await worker.figures();
    const at = `at ${perSecond} calls a second`;
    const claims: Claim[] = [
      none(`calls that failed, ${at}`, failed),
      none(`calls without an end, ${at}`, run.lost),
      atLeast(`calls made, ${at}`, run.count / run.seconds, perSecond * 0.99),
      atLeast(`times the caller went on with the next router, ${at}`, reconnects, 1),
      atMost(`exit code of the router, ${at}`, code ?? Number.NaN, 0),
    ];
    return {
      rows: [
        {
          perSecond,
          calls: run.count,
          answered,
          failed,
          handledMore: handled - answered - (perSecond * WARM_UP_MS) / 1_000,
          drainMs: Math.round(ms),
          nextRouterMs: Math.round(secondMs),
          longestCallMs: rounded(maxUs / 1_000),
        },
      ],
      claims,
    };
  } finally {
    await caller.stop();
    await worker.stop();
    await first.stop();
    await second?.stop();
  }
}

/** A router as an operator starts it; waits while another process has the port. */
async function start(address: string): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startServer(
        process.execPath,
        [nexus, "start", "--listen", `tcp://${address}`],
        (output) => output.includes("listening"),
      );
    } catch (error) {
      if (attempt === STARTS_MAX || !String(error).includes("in use")) throw error;
      await sleep(RETRY_MS);
    }
  }
}
