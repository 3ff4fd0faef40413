/**
 * What one link may have the router translate: a small compressed payload can hold a large one, and JSON costs more than the
 * bytes it came in. Who sends it pays, and only the payer waits.
 */
import { Code, Reason } from "@nexus-bridge/protocol";
import type { Ending } from "../calls/end.ts";
import type { Core } from "../core.ts";
import type { Link } from "../link.ts";

/** A link that was quiet has this much of its budget at once. */
const BURST_MS = 1000;
/** What a translation costs beside its bytes: small messages are not free. */
const MESSAGE_COST_BYTES = 256;
/** Reading JSON by a schema costs about so many times what inflating to the same size does. */
export const JSON_COST = 8;

/** Undefined while `payer` has some of its budget left. */
export function overBudget({ now, limits }: Core, payer: Link): Ending | undefined {
  if (payer.translatedUntil <= now) return undefined;
  return {
    code: Code.RESOURCE_EXHAUSTED,
    reason: Reason.RATE_LIMITED,
    message: `the router translates ${limits.translatedBytesPerSecond} bytes a second for one link; send what every receiver reads, or slow down`,
  };
}

/** For one step of a translation, which made so many bytes. */
export function pay({ now, limits }: Core, payer: Link, bytes: number): void {
  const costMs = ((MESSAGE_COST_BYTES + bytes) * 1000) / limits.translatedBytesPerSecond;
  payer.translatedUntil = Math.max(payer.translatedUntil, now - BURST_MS) + costMs;
}
