/** Sending at a rate that is fixed beforehand: what is slow to answer makes nobody send later. */
import { setTimeout as sleep } from "node:timers/promises";
import { build, type Histogram } from "hdr-histogram-js";

const TICK_MS = 1;
const LATENCY_US_MAX = 600_000_000;

export interface Pace {
  readonly perSecond: number;
  readonly durationMs: number;
  /** Sends number `at`, which is due at `dueAtMs` of `performance.now()`; must not wait. */
  send(at: number, dueAtMs: number): void;
}

/** Resolves when everything was sent, with how much and how long that took. */
export async function keepPace({ perSecond, durationMs, send }: Pace): Promise<{
  readonly count: number;
  readonly seconds: number;
}> {
  const count = Math.round((durationMs * perSecond) / 1_000);
  const startedAt = performance.now();
  for (let at = 0; at < count; ) {
    const due = Math.min(count, ((performance.now() - startedAt) * perSecond) / 1_000);
    for (; at < due; at++) send(at, startedAt + (at * 1_000) / perSecond);
    await sleep(TICK_MS);
  }
  return { count, seconds: (performance.now() - startedAt) / 1_000 };
}

/** Latencies from when something was due, in microseconds. */
export class Latencies {
  #histogram = createHistogram();

  clear(): void {
    this.#histogram = createHistogram();
  }

  record(dueAtMs: number): void {
    const us = Math.round((performance.now() - dueAtMs) * 1_000);
    this.#histogram.recordValue(Math.min(Math.max(us, 1), LATENCY_US_MAX));
  }

  get p50Us(): number {
    return this.#histogram.getValueAtPercentile(50);
  }

  get p99Us(): number {
    return this.#histogram.getValueAtPercentile(99);
  }

  get maxUs(): number {
    return this.#histogram.maxValue;
  }
}

function createHistogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: LATENCY_US_MAX });
}
