/** When a message that was not settled is delivered again, and when it is dead. */
import { limits } from "@nexus-bridge/protocol";

/** The pause after the first delivery that was nacked without a delay; it doubles each time. */
export const BACKOFF_MS = 100;
/** The longest delay that a nack may ask for. */
export const NACK_DELAY_MAX_MS: number = limits.nackDelayMs;
/** When a dead letter is tried again that found no room. */
export const BURY_AGAIN_MS = 1000;

/** Why a delivery was not settled. */
export type Cause = "nacked" | "expired" | "returned";

const causes: Readonly<Record<Cause, string>> = {
  nacked: "the last delivery was answered nack",
  expired: "the last delivery was not acknowledged in time",
  returned: "the subscriber of the last delivery went away",
};

/** What tag 14 of a dead letter says. */
export const deadLetterReason = (attempts: number, cause: Cause): string =>
  `${attempts} deliveries, none acknowledged: ${causes[cause]}`;

/** Milliseconds until the next delivery; 0 for at once. */
export function pauseMs(cause: Cause, attempts: number, askedMs: number): number {
  if (cause !== "nacked") return 0;
  if (askedMs > 0) return Math.min(askedMs, NACK_DELAY_MAX_MS);
  return BACKOFF_MS * 2 ** Math.max(0, attempts - 1);
}
