/** Runs the peers in turns (A B A B ...), after a warm-up each, and condenses the runs to medians and ratios. */
import type { Peer, Session, WorkloadName } from "./peer.ts";
import type { RunParams, RunResult } from "./run.ts";

export interface Row {
  readonly peer: string;
  readonly version: string;
  readonly language: "node";
  readonly params: { readonly inFlight: number; readonly payloadBytes: number };
  readonly runs: number;
  readonly perSecond: number;
  readonly p50Us?: number;
  readonly p99Us?: number;
  readonly cpuUs: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly features: readonly string[];
}

export interface Ratio {
  readonly of: "perSecond";
  readonly nexus: string;
  readonly against: string;
  readonly params: Row["params"];
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

interface Sample extends RunResult {
  readonly cpuUs: Readonly<Record<string, number>>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

async function cpuOf(session: Session): Promise<Readonly<Record<string, number>>> {
  const { client, router, worker } = session;
  const roles = { client, ...(router && { router }), worker };
  const entries = Object.entries(roles).map(
    async ([role, measured]) => [role, await measured.cpuMicroseconds()] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function sample(session: Session, params: RunParams): Promise<Sample> {
  const before = await cpuOf(session);
  const result = await session.client.run(params);
  const after = await cpuOf(session);
  const cpuUs = Object.fromEntries(
    Object.entries(after).map(([role, used]) => [
      role,
      (used - (before[role] ?? 0)) / result.count,
    ]),
  );
  return { ...result, cpuUs };
}

function rowOf(peer: Peer, params: RunParams, samples: readonly Sample[]): Row {
  const middle = (pick: (sample: Sample) => number): number => round(median(samples.map(pick)));
  const roles = Object.keys(samples[0]?.cpuUs ?? {});
  const p50Us = middle(({ p50Us }) => p50Us);
  const p99Us = middle(({ p99Us }) => p99Us);
  return {
    peer: peer.name,
    version: peer.version,
    language: "node",
    params: { inFlight: params.inFlight, payloadBytes: params.payloadBytes },
    runs: samples.length,
    perSecond: Math.round(median(samples.map(({ count, seconds }) => count / seconds))),
    ...(Number.isNaN(p50Us) ? {} : { p50Us, p99Us }),
    cpuUs: Object.fromEntries(roles.map((role) => [role, middle(({ cpuUs }) => cpuUs[role] ?? 0)])),
    lost: samples.reduce((sum, { lost }) => sum + lost, 0),
    features: peer.features,
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Run by run against the neighbour in time, so that a slow spell of the machine hits both. */
function ratioOf(
  rates: readonly number[],
  against: string,
  theirs: readonly number[],
  params: Row["params"],
): Ratio {
  const ratios = rates.map((rate, run) => rate / (theirs[run] ?? Number.NaN));
  return {
    of: "perSecond",
    nexus: "nexus",
    against,
    params,
    median: round(median(ratios)),
    min: round(Math.min(...ratios)),
    max: round(Math.max(...ratios)),
  };
}

export interface Plan {
  readonly workload: WorkloadName;
  readonly peers: readonly Peer[];
  readonly inFlight: readonly number[];
  readonly payloadBytes: number;
  readonly runs: number;
  readonly durationMs: number;
  readonly progress: (text: string) => void;
}

export async function compare(
  plan: Plan,
): Promise<{ rows: readonly Row[]; ratios: readonly Ratio[] }> {
  const sessions: { peer: Peer; session: Session }[] = [];
  const rows: Row[] = [];
  const ratios: Ratio[] = [];
  try {
    for (const peer of plan.peers) {
      plan.progress(`starting ${peer.name} ${peer.version}`);
      sessions.push({ peer, session: await peer.start(plan.workload) });
    }
    for (const inFlight of plan.inFlight) {
      const params = { inFlight, payloadBytes: plan.payloadBytes, durationMs: plan.durationMs };
      const samples = new Map<Peer, Sample[]>();
      for (const { peer, session } of sessions) {
        await session.client.run({ ...params, durationMs: peer.warmUpMs });
        samples.set(peer, []);
      }
      for (let run = 1; run <= plan.runs; run += 1) {
        for (const { peer, session } of sessions) {
          samples.get(peer)?.push(await sample(session, params));
        }
        plan.progress(`${inFlight} in flight: run ${run} of ${plan.runs}`);
      }
      rows.push(...[...samples].map(([peer, taken]) => rowOf(peer, params, taken)));
      ratios.push(...ratiosOf(samples, { inFlight, payloadBytes: plan.payloadBytes }));
    }
  } finally {
    for (const { session } of sessions) {
      await session.client.stop();
      await session.worker.stop();
      await session.router?.stop();
    }
  }
  return { rows, ratios };
}

function ratiosOf(
  samples: ReadonlyMap<Peer, readonly Sample[]>,
  params: Row["params"],
): readonly Ratio[] {
  const rates = new Map(
    [...samples].map(([peer, taken]) => [
      peer.name,
      taken.map(({ count, seconds }) => count / seconds),
    ]),
  );
  const ours = rates.get("nexus");
  if (ours === undefined) return [];
  return [...rates]
    .filter(([name]) => name !== "nexus")
    .map(([name, theirs]) => ratioOf(ours, name, theirs, params));
}
