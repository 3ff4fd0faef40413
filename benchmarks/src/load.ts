/** The two loads every peer gets: closed-loop calls with a fixed number in flight, and one-way messages in a window. */
import { setImmediate } from "node:timers/promises";
import { build } from "hdr-histogram-js";
import type { RunParams, RunResult } from "./run.ts";

const sampleEvery = 16;
export const receiptEvery = 512;
const windowMessages = 4_096;
const drainTimeoutMs = 5_000;

export function payloadOf(bytes: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: bytes }, (_, index) => (index * 31) & 0xff));
}

/** Keeps `inFlight` calls under way for the duration; every sixteenth is timed. `call` rejects when its answer is wrong. */
export async function callLoad(
  params: RunParams,
  call: (payload: Buffer) => Promise<Uint8Array>,
): Promise<RunResult> {
  const payload = payloadOf(params.payloadBytes);
  const histogram = build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000 });
  const started = performance.now();
  const until = started + params.durationMs;
  let count = 0;
  let isOver = false;
  const lane = async (): Promise<void> => {
    while (!isOver) {
      const isTimed = count % sampleEvery === 0;
      const before = isTimed ? performance.now() : 0;
      const answer = await call(payload);
      if (answer.length !== payload.length) throw new Error("the echo has another length");
      count += 1;
      if (!isTimed) continue;
      const now = performance.now();
      histogram.recordValue(Math.max(1, Math.round((now - before) * 1_000)));
      isOver ||= now >= until;
    }
  };
  await Promise.all(Array.from({ length: params.inFlight }, lane));
  const seconds = (performance.now() - started) / 1_000;
  const last = await call(payload);
  if (Buffer.compare(last, payload) !== 0) throw new Error("the echo has other bytes");
  return {
    count,
    seconds,
    p50Us: histogram.getValueAtPercentile(50),
    p99Us: histogram.getValueAtPercentile(99),
    lost: 0,
  };
}

export interface OneWay {
  /** Sends one message; a promise when the sender should wait. */
  send(payload: Uint8Array): Promise<unknown> | undefined;
  /** How many messages the subscriber has said it received, in all. */
  received(): number;
  /** Resolves when `received` has grown. */
  grown(): Promise<void>;
}

/** Sends as fast as the window allows for the duration, then waits for the last receipts. */
export async function oneWayLoad(params: RunParams, way: OneWay): Promise<RunResult> {
  const payload = payloadOf(params.payloadBytes);
  const before = way.received();
  const started = performance.now();
  const until = started + params.durationMs;
  let sent = 0;
  while (performance.now() < until) {
    for (let burst = 0; burst < receiptEvery; burst += 1) {
      const full = way.send(payload);
      if (full !== undefined) await full;
      sent += 1;
    }
    // Let what was sent leave: a publisher that never yields sends nothing.
    await setImmediate();
    while (sent - (way.received() - before) > windowMessages) {
      if (!(await grownWithin(way, drainTimeoutMs))) break;
    }
  }
  // Every burst is a multiple of the receipt's step, so that the last message brings the last receipt.
  while (way.received() - before < sent) if (!(await grownWithin(way, drainTimeoutMs))) break;
  const seconds = (performance.now() - started) / 1_000;
  const count = way.received() - before;
  return { count, seconds, p50Us: Number.NaN, p99Us: Number.NaN, lost: sent - count };
}

async function grownWithin(way: OneWay, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const grew = await Promise.race([way.grown().then(() => true as const), late]);
  clearTimeout(timer);
  return grew;
}
