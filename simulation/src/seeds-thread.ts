/** A thread's share of seeds, one after the other; tells the outcome of each. */
import { parentPort, workerData } from "node:worker_threads";
import { faults } from "./faults.ts";
import { simulate } from "./simulate.ts";

export interface Share {
  readonly from: number;
  readonly below: number;
  readonly step: number;
  /** The name of a planted fault. */
  readonly fault?: string;
}

const share: Share = workerData;
const fault = faults.find(({ name }) => name === share.fault);
for (let seed = share.from; seed < share.below; seed += share.step)
  parentPort?.postMessage(await simulate(seed, fault));
