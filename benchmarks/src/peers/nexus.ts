/** Nexus: a Node client and a Node worker, each in its own process, through the router in a third. */
import { readFileSync } from "node:fs";
import type { Peer } from "../peer.ts";
import { freePort } from "../port.ts";
import { startProgram } from "../process.ts";

const { version } = JSON.parse(
  readFileSync(new URL("../../../router/server/package.json", import.meta.url), "utf8"),
);

export const nexus: Peer = {
  name: "nexus",
  version,
  workloads: ["rpc", "oneway"],
  features: ["deadline", "headerCrc", "payloadCrc", "credit"],
  warmUpMs: 1_000,
  async start(workload) {
    const address = `127.0.0.1:${await freePort()}`;
    const router = await startProgram("nexus-router.ts", [`tcp://${address}`]);
    const url = `nexus://${address}`;
    const worker = await startProgram("nexus-worker.ts", [url, workload]);
    const client = await startProgram("nexus-client.ts", [url, workload]);
    return { client, router, worker };
  },
};
