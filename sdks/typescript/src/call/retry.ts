/** Whether a failed call is tried again: only where it certainly did not run or may run twice, seldom, and never for long. */
import type { MethodDescriptor } from "../descriptor.ts";
import type { NexusError } from "../nexus-error.ts";

const ATTEMPTS_MAX = 3;
const BUDGET_SHARE = 0.1;
const BUDGET_MAX = 10;
const BACKOFF_MS = 50;
const BACKOFF_MS_MAX = 1000;

/** One retry for every ten calls, with a small reserve. */
export class RetryBudget {
  #tokens = BUDGET_MAX;

  called(): void {
    if (this.#tokens < BUDGET_MAX) this.#tokens += BUDGET_SHARE;
  }

  take(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** `attempt` counts from 0. */
export function mayRetry(method: MethodDescriptor, error: NexusError, attempt: number): boolean {
  const attempts = Math.min(method.retry?.attempts ?? ATTEMPTS_MAX, ATTEMPTS_MAX);
  if (attempt + 1 >= attempts || !error.retryable) return false;
  if (error.code !== "UNAVAILABLE" && error.code !== "RESOURCE_EXHAUSTED") return false;
  return error.notExecuted || (method.idempotent === true && error.code === "UNAVAILABLE");
}

/** Full jitter over a doubling range. */
export function backoffMs(method: MethodDescriptor, attempt: number, random: number): number {
  const first = method.retry?.backoffMs ?? BACKOFF_MS;
  const most = method.retry?.backoffMaxMs ?? BACKOFF_MS_MAX;
  return random * Math.min(first * 2 ** attempt, most);
}
