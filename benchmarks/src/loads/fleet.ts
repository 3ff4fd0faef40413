/**
 * A thousand links that each publish and receive twenty messages a second for a minute: what is lost, and how long a message
 * takes from the moment it should have left. Publishers and subscribers share one process, so that they share a clock.
 */
import { atLeast, atMost, type LoadOptions, none, type Report, rounded } from "../claim.ts";
import { freePort } from "../port.ts";
import { startProgram } from "../process.ts";

const LINKS = 1_000;
const PER_LINK_PER_SECOND = 20;
const DURATION_MS = 60_000;
const WARM_UP_MS = 3_000;
const QUICK_MS = 2_000;
const P99_MS_MAX = 25;
/** Of the wanted rate: below it the sender itself was too slow, and nothing was shown. */
const RATE_SHARE_MIN = 0.99;

export async function fleet({ isQuick, links = LINKS }: LoadOptions): Promise<Report> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const router = await startProgram("nexus-router.ts", [url]);
  try {
    const members = await startProgram("nexus-fleet.ts", [
      url.replace("tcp:", "nexus:"),
      String(links),
    ]);
    const perSecond = links * PER_LINK_PER_SECOND;
    const params = { inFlight: links, payloadBytes: 0, perSecond };
    await members.run({ ...params, durationMs: isQuick ? 500 : WARM_UP_MS });
    const before = {
      router: await router.cpuMicroseconds(),
      members: await members.cpuMicroseconds(),
      memory: await router.memory(),
    };
    const run = await members.run({ ...params, durationMs: isQuick ? QUICK_MS : DURATION_MS });
    const routerUs = (await router.cpuMicroseconds()) - before.router;
    const membersUs = (await members.cpuMicroseconds()) - before.members;
    const memory = await router.memory();
    await members.stop();
    const { refused = 0, outOfOrder = 0, maxUs = 0 } = run.figures ?? {};
    const rate = run.count / run.seconds;
    const lost = run.lost + refused;
    return {
      rows: [
        {
          peer: "nexus",
          links,
          seconds: rounded(run.seconds),
          messages: run.count,
          perSecond: Math.round(rate),
          lost,
          outOfOrder,
          p50Ms: rounded(run.p50Us / 1_000),
          p99Ms: rounded(run.p99Us / 1_000),
          maxMs: rounded(maxUs / 1_000),
          routerCpuUs: rounded(routerUs / run.count),
          membersCpuUs: rounded(membersUs / run.count),
          routerMibMore: rounded((memory.residentKibMax - before.memory.residentKib) / 1_024),
        },
      ],
      claims: [
        atLeast("messages a second", rate, perSecond * RATE_SHARE_MIN),
        none("messages lost", lost),
        none("messages out of order", outOfOrder),
        atMost("99 % of them take", run.p99Us / 1_000, P99_MS_MAX, "ms"),
      ],
    };
  } finally {
    await router.stop();
  }
}
