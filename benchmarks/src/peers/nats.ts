/** NATS: nats.js clients through nats-server, as its own documentation advises for speed (`noAsyncTraces`). */
import { execFileSync } from "node:child_process";
import type { Peer } from "../peer.ts";
import { freePort } from "../port.ts";
import { startProgram, startServer } from "../process.ts";

function serverVersion(): string | undefined {
  try {
    return /\d+\.\d+\.\d+/.exec(
      execFileSync("nats-server", ["--version"], { encoding: "utf8" }),
    )?.[0];
  } catch {
    return undefined;
  }
}

const version = serverVersion();

export const nats: Peer = {
  name: "nats",
  version: version ?? "absent",
  workloads: ["rpc", "oneway"],
  features: ["deadline"],
  ...(version === undefined && { missing: "nats-server: apt-get install nats-server" }),
  warmUpMs: 1_000,
  async start(workload) {
    const port = String(await freePort());
    const router = await startServer("nats-server", ["-a", "127.0.0.1", "-p", port], (output) =>
      output.includes("Server is ready"),
    );
    const worker = await startProgram("nats-worker.ts", [port, workload]);
    const client = await startProgram("nats-client.ts", [port, workload]);
    return { client, router, worker };
  },
};
