/** What links that do nothing cost the router: memory before and after so many of them have been welcomed. */
import { freePort } from "./port.ts";
import { startProgram } from "./process.ts";

export interface IdleRow {
  readonly peer: "nexus";
  readonly links: number;
  /** Of the router's process, by what the system says it has; the kernel's own buffers are not in it. */
  readonly kibPerLink: number;
  /** The same by what is left when garbage is gone. */
  readonly heldKibPerLink: number;
}

export async function measureIdleLinks(links: number): Promise<IdleRow> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const router = await startProgram("nexus-router.ts", [url]);
  try {
    // What the first links bring with them once is no cost of each.
    const first = await startProgram("nexus-idle.ts", [url, "100"]);
    await first.stop();
    const before = await router.memory();
    const client = await startProgram("nexus-idle.ts", [url, String(links)]);
    const after = await router.memory();
    await client.stop();
    return {
      peer: "nexus",
      links,
      kibPerLink: rounded((after.residentKib - before.residentKib) / links),
      heldKibPerLink: rounded((after.heldKib - before.heldKib) / links),
    };
  } finally {
    await router.stop();
  }
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
