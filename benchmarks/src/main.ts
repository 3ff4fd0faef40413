/**
 * `npm run bench -- <workload>`: Nexus and its peers side by side in one run, or Nexus under a load with a claim that holds or
 * does not; as a table or as one JSON object.
 */

import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import type { LoadScript, Report } from "./claim.ts";
import { compare, type Ratio, type Row } from "./compare.ts";
import { drain } from "./loads/drain.ts";
import { fleet } from "./loads/fleet.ts";
import { idle } from "./loads/idle.ts";
import { large } from "./loads/large.ts";
import { overload } from "./loads/overload.ts";
import { slow } from "./loads/slow.ts";
import type { Peer, WorkloadName } from "./peer.ts";
import { grpcJs } from "./peers/grpc-js.ts";
import { nats } from "./peers/nats.ts";
import { nexus } from "./peers/nexus.ts";

const help = `npm run bench -- <workload> [options]
beside peers:
  rpc                unary calls through the router: 1, 64 and 1024 in flight
  oneway             messages from one publisher to one subscriber
load with a claim, which ends with code 1 where it does not hold:
  idle               memory of the router for each of 10,000 links that do nothing
  fleet              1,000 links that publish and receive 20 messages a second for a minute
  drain              SIGTERM under 1,000 and 2,000 calls a second, with the next router on the same port
  slow               memory of the router, and what a sibling gets, beside a subscriber that does not read
  large              1,000 large answers to a caller that reads slowly, beside another caller
  overload           three times the calls that a provider can take
options:
  --links <n>        for idle and fleet
  --peers a,b        only these (nexus, nats, grpc-js); default all that the workload knows
  --payload <bytes>  default 128
  --runs <n>         counted runs, default 5
  --quick            one short run of each: shows that it works, is no claim
  --json             one object on stdout`;

const loads: Readonly<Record<string, LoadScript>> = { idle, fleet, drain, slow, large, overload };

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
      links: { type: "string" },
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

function machineNow() {
  const model = cpus()[0]?.model ?? "unknown";
  return { cores: cpus().length, cpu: model, node: process.versions.node };
}

const version: string = JSON.parse(
  readFileSync(new URL("../../router/server/package.json", import.meta.url), "utf8"),
).version;

interface Flags {
  readonly links?: string | undefined;
  readonly peers?: string | undefined;
  readonly payload: string;
  readonly runs: string;
  readonly quick: boolean;
  readonly json: boolean;
}

async function runLoad(workload: string, load: LoadScript, flags: Flags): Promise<boolean> {
  const links = flags.links === undefined ? undefined : positive(flags.links, "--links");
  const before = loadavg()[0] ?? 0;
  const { rows, claims }: Report = await load({ isQuick: flags.quick, links });
  if (flags.json) {
    const load = { before, after: loadavg()[0] ?? 0 };
    const machine = machineNow();
    console.log(JSON.stringify({ workload, nexus: version, machine, load, rows, claims }));
  } else {
    console.table(rows);
    for (const { claim, measured, holds } of claims)
      console.log(`${holds ? "holds" : "FAILS"}: ${claim}; measured ${measured}`);
  }
  return claims.every(({ holds }) => holds);
}

async function runComparison(workload: WorkloadName, flags: Flags): Promise<void> {
  const chosen = choosePeers(workload, flags.peers);
  for (const { name, missing } of chosen) {
    if (missing !== undefined) console.error(`left out: ${name}: ${missing}`);
  }
  const before = loadavg()[0] ?? 0;
  const { rows, ratios } = await compare({
    workload,
    peers: chosen.filter(({ missing }) => missing === undefined),
    inFlight: workloads[workload].inFlight,
    payloadBytes: positive(flags.payload, "--payload"),
    runs: flags.quick ? 1 : positive(flags.runs, "--runs"),
    durationMs: flags.quick ? 500 : 2_000,
    progress: (text) => console.error(text),
  });
  if (!flags.json) return show(rows, ratios);
  const load = { before, after: loadavg()[0] ?? 0 };
  const machine = machineNow();
  console.log(JSON.stringify({ workload, nexus: version, machine, load, rows, ratios }));
}

/** Whether all that was claimed holds. */
async function main(): Promise<boolean> {
  const { values, workload = "" } = readArguments();
  if (values.help) {
    console.log(help);
    return true;
  }
  const load = Object.hasOwn(loads, workload) ? loads[workload] : undefined;
  if (load !== undefined) return await runLoad(workload, load, values);
  if (!isWorkload(workload)) {
    const names = [...Object.keys(workloads), ...Object.keys(loads)];
    throw new Usage(`name a workload: ${names.join(", ")}`);
  }
  await runComparison(workload, values);
  return true;
}

try {
  process.exit((await main()) ? 0 : 1);
} catch (error) {
  console.error(error instanceof Usage ? `${error.message}\n${help}` : error);
  process.exit(error instanceof Usage ? 2 : 1);
}
