/**
 * How many rounds a fuzzer runs, and by which seed: few and always the same ones beside other tests, as many as asked for in a
 * campaign (`NEXUS_FUZZ_RUNS`), which prints the seed that `NEXUS_FUZZ_SEED` repeats it with.
 */

const SEED = 0x5eed;
const TIMEOUT_MS = 60_000;
const ROUNDS_PER_SECOND_LEAST = 2000;

export interface Campaign {
  readonly rounds: number;
  readonly seed: number;
  readonly timeoutMs: number;
  /** A whole number from 0, below `below`. */
  next(below: number): number;
}

interface Host {
  readonly process?: { readonly env: Readonly<Record<string, string | undefined>> };
}

export function campaign(rounds: number): Campaign {
  const { NEXUS_FUZZ_RUNS: asked, NEXUS_FUZZ_SEED: given } =
    (globalThis as Host).process?.env ?? {};
  const seed = Number(given ?? (asked === undefined ? SEED : Date.now() % 2 ** 31));
  if (asked !== undefined) console.info(`NEXUS_FUZZ_RUNS=${asked} NEXUS_FUZZ_SEED=${seed}`);
  const all = asked === undefined ? rounds : Number(asked);
  const timeoutMs = TIMEOUT_MS + (all / ROUNDS_PER_SECOND_LEAST) * 1000;
  return { rounds: all, seed, timeoutMs, next: random(seed) };
}

/** mulberry32: small, and the same everywhere. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
