/** A peer of the comparison: what it is called, whether it is here, and how its processes start. */
import type { Measured, Program } from "./process.ts";

export type WorkloadName = "rpc" | "oneway";

export interface Session {
  /** The process that makes the load and measures it. */
  readonly client: Program;
  /** What stands between the two, where something does. */
  readonly router?: Measured;
  readonly worker: Measured;
}

export interface Peer {
  readonly name: string;
  readonly version: string;
  readonly workloads: readonly WorkloadName[];
  /** What is switched on, stated for fairness. */
  readonly features: readonly string[];
  /** What to install where the peer is not on this machine; absent when it is. */
  readonly missing?: string;
  readonly warmUpMs: number;
  start(workload: WorkloadName): Promise<Session>;
}
