/** Calls by method: how they ended and how long they took, in plain arrays, so that counting one costs a few additions. */
import type { CallSeen } from "@nexus-bridge/router-core";

/** Methods told apart; providers choose the names, so the calls of any further one are counted together. */
export const METHODS_MAX = 1000;
export const OTHER_METHODS = "other";

/** Upper ends of the histogram's buckets, in seconds. */
export const bucketSeconds: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const bucketMs = bucketSeconds.map((seconds) => seconds * 1000);

/** gRPC's codes are 0 to 16; what is none of them counts as UNKNOWN. */
const CODES = 17;
const UNKNOWN = 2;

export interface MethodCalls {
  readonly method: string;
  /** Calls by code. */
  readonly codes: readonly number[];
  /** Calls by bucket; the last one has no upper end. */
  readonly buckets: readonly number[];
  readonly seconds: number;
}

interface Row extends MethodCalls {
  codes: number[];
  buckets: number[];
  seconds: number;
}

export class CallTable {
  readonly #rows = new Map<string, Row>();

  get rows(): Iterable<MethodCalls> {
    return this.#rows.values();
  }

  add({ method, code, durationMs }: CallSeen): void {
    const row = this.#rows.get(method) ?? this.#open(method);
    const known = code < CODES ? code : UNKNOWN;
    row.codes[known] = (row.codes[known] ?? 0) + 1;
    row.seconds += durationMs / 1000;
    let at = 0;
    while (at < bucketMs.length && durationMs > (bucketMs[at] as number)) at++;
    row.buckets[at] = (row.buckets[at] ?? 0) + 1;
  }

  #open(method: string): Row {
    const name = this.#rows.size < METHODS_MAX ? method : OTHER_METHODS;
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    const row = {
      method: name,
      codes: new Array<number>(CODES).fill(0),
      buckets: new Array<number>(bucketMs.length + 1).fill(0),
      seconds: 0,
    };
    this.#rows.set(name, row);
    return row;
  }
}
