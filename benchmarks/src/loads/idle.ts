/**
 * What links that do nothing cost the router: its memory before and after so many have been welcomed. A bare `node:net` server
 * with the same sockets is the floor, measured in the same run.
 */
import { atMost, type LoadOptions, type Report, rounded } from "../claim.ts";
import { freePort } from "../port.ts";
import { startProgram } from "../process.ts";

const LINKS = 10_000;
const QUICK_LINKS = 1_000;
const KIB_PER_LINK_MAX = 10;

interface IdleFigures {
  /** Of the server's process, by what the system says it has; the kernel's own buffers are not in it. */
  readonly residentKib: number;
  /** The same by what is left when garbage is gone. */
  readonly heldKib: number;
}

export async function idle({ isQuick, links }: LoadOptions): Promise<Report> {
  const count = links ?? (isQuick ? QUICK_LINKS : LINKS);
  const floor = await measure("net-idle-server.ts", count);
  const ours = await measure("nexus-router.ts", count);
  const row = (peer: string, { residentKib, heldKib }: IdleFigures) => ({
    peer,
    links: count,
    kibPerLink: rounded(residentKib),
    heldKibPerLink: rounded(heldKib),
  });
  return {
    rows: [row("nexus", ours), row("node:net", floor)],
    // Fewer links share what V8 takes for itself once, so that a short run proves nothing.
    claims: isQuick ? [] : [atMost("a link", ours.residentKib, KIB_PER_LINK_MAX, "KiB")],
  };
}

async function measure(server: string, links: number): Promise<IdleFigures> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const program = await startProgram(server, [url]);
  try {
    // What the first links bring with them once is no cost of each.
    const first = await startProgram("nexus-idle.ts", [url, "100"]);
    await first.stop();
    const before = await program.memory();
    const client = await startProgram("nexus-idle.ts", [url, String(links)]);
    const after = await program.memory();
    await client.stop();
    return {
      residentKib: (after.residentKib - before.residentKib) / links,
      heldKib: (after.heldKib - before.heldKib) / links,
    };
  } finally {
    await program.stop();
  }
}
