/** How long to wait before the next attempt to connect: full jitter over a doubling range. */

const FIRST_MS = 100;
const MOST_MS = 10_000;

export function reconnectDelayMs(attempt: number, random: number): number {
  return random * Math.min(FIRST_MS * 2 ** Math.min(attempt, 16), MOST_MS);
}
