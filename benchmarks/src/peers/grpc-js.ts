/** gRPC for Node, caller and callee directly connected: one hop fewer than the others, one channel kept. */
import { createRequire } from "node:module";
import type { Peer } from "../peer.ts";
import { freePort } from "../port.ts";
import { startProgram } from "../process.ts";

const { version } = createRequire(import.meta.url)("@grpc/grpc-js/package.json");

export const grpcJs: Peer = {
  name: "grpc-js",
  version,
  workloads: ["rpc"],
  features: ["deadline", "direct"],
  warmUpMs: 2_500,
  async start() {
    const address = `127.0.0.1:${await freePort()}`;
    const worker = await startProgram("grpc-js-worker.ts", [address]);
    const client = await startProgram("grpc-js-client.ts", [address]);
    return { client, worker };
  },
};
