/** `npm run bench -- <workload>`: Nexus and its peers side by side in one run, as a table or as one JSON object. */

import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { compare, type Ratio, type Row } from "./compare.ts";
import { measureIdleLinks } from "./idle.ts";
import type { Peer, WorkloadName } from "./peer.ts";
import { grpcJs } from "./peers/grpc-js.ts";
import { nats } from "./peers/nats.ts";
import { nexus } from "./peers/nexus.ts";
import { measureSlowSubscriber } from "./slow.ts";

const help = `npm run bench -- <workload> [options]
  rpc                unary calls through the router: 1, 64 and 1024 in flight
  oneway             messages from one publisher to one subscriber
  idle               memory of the router for each link that does nothing
  slow               memory of the router, and what a sibling gets, beside a subscriber that does not read
  --links <n>        for idle, default 10000
  --peers a,b        only these (nexus, nats, grpc-js); default all that the workload knows
  --payload <bytes>  default 128
  --runs <n>         counted runs, default 5
  --quick            one short run of each: shows that it works, is no claim
  --json             one object on stdout`;

const everyPeer: readonly Peer[] = [nexus, nats, grpcJs];
const workloads: Readonly<Record<WorkloadName, { readonly inFlight: readonly number[] }>> = {
  rpc: { inFlight: [1, 64, 1_024] },
  oneway: { inFlight: [1] },
};

class Usage extends Error {}

function isWorkload(name: string | undefined): name is WorkloadName {
  return name !== undefined && Object.hasOwn(workloads, name);
}

function choosePeers(workload: WorkloadName, named: string | undefined): readonly Peer[] {
  const names = named?.split(",");
  const unknown = names?.filter((name) => everyPeer.every((peer) => peer.name !== name)) ?? [];
  if (unknown.length > 0) throw new Usage(`no peer ${unknown.join(", ")}`);
  return everyPeer.filter(
    (peer) => peer.workloads.includes(workload) && (names?.includes(peer.name) ?? true),
  );
}

function positive(text: string, what: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Usage(`${what} must be a whole number above 0`);
  return value;
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      peers: { type: "string" },
      payload: { type: "string", default: "128" },
      runs: { type: "string", default: "5" },
      quick: { type: "boolean", default: false },
      links: { type: "string", default: "10000" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  return { values, workload: positionals[0] };
}

function show(rows: readonly Row[], ratios: readonly Ratio[]): void {
  console.table(
    rows.map(({ peer, version, params, perSecond, p50Us, p99Us, cpuUs, lost }) => ({
      peer: `${peer} ${version}`,
      "in flight": params.inFlight,
      "per second": perSecond,
      "p50 us": p50Us ?? "-",
      "p99 us": p99Us ?? "-",
      "cpu us": Object.entries(cpuUs)
        .map(([role, used]) => `${role} ${used}`)
        .join(", "),
      lost,
    })),
  );
  for (const { against, params, median, min, max } of ratios) {
    console.log(
      `nexus / ${against}, ${params.inFlight} in flight: ${median} times the rate (${min} to ${max})`,
    );
  }
}

async function main(): Promise<void> {
  const { values, workload } = readArguments();
  if (values.help) return console.log(help);
  if (workload === "idle" || workload === "slow") {
    const row =
      workload === "idle"
        ? await measureIdleLinks(positive(values.links, "--links"))
        : await measureSlowSubscriber(values.quick ? 1_000 : 5_000);
    if (values.json) console.log(JSON.stringify({ workload, rows: [row] }));
    else console.table([row]);
    return;
  }
  if (!isWorkload(workload))
    throw new Usage(`name a workload: ${Object.keys(workloads).join(", ")}, idle, slow`);
  const chosen = choosePeers(workload, values.peers);
  for (const { name, missing } of chosen) {
    if (missing !== undefined) console.error(`left out: ${name}: ${missing}`);
  }
  const before = loadavg()[0] ?? 0;
  const { rows, ratios } = await compare({
    workload,
    peers: chosen.filter(({ missing }) => missing === undefined),
    inFlight: workloads[workload].inFlight,
    payloadBytes: positive(values.payload, "--payload"),
    runs: values.quick ? 1 : positive(values.runs, "--runs"),
    durationMs: values.quick ? 500 : 2_000,
    progress: (text) => console.error(text),
  });
  if (!values.json) return show(rows, ratios);
  const machine = {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? "unknown",
    node: process.versions.node,
  };
  const load = { before, after: loadavg()[0] ?? 0 };
  const version = JSON.parse(
    readFileSync(new URL("../../router/server/package.json", import.meta.url), "utf8"),
  ).version;
  console.log(JSON.stringify({ workload, nexus: version, machine, load, rows, ratios }));
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(error instanceof Usage ? `${error.message}\n${help}` : error);
  process.exit(error instanceof Usage ? 2 : 1);
}
