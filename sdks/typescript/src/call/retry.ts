/**
 * Whether a failed call is tried again: only where it certainly did not run or may run twice, seldom, and never for long. Right
 * after a link was made again it is not seldom: providers come back at their own pace, and callers all at once.
 */
import type { MethodDescriptor } from "../descriptor.ts";
import type { NexusError } from "../nexus-error.ts";

const ATTEMPTS_MAX = 3;
const BUDGET_SHARE = 0.1;
const BUDGET_MAX = 10;
const BACKOFF_MS = 50;
const BACKOFF_MS_MAX = 1000;
/** After a link was made again: for so long what did not run is tried again whatever the budget says. */
const RECOVERY_MS = 5000;

/** One retry for every ten calls, with a small reserve. */
export class RetryBudget {
  #tokens = BUDGET_MAX;
  #recoversUntil = Number.NEGATIVE_INFINITY;

  called(): void {
    if (this.#tokens < BUDGET_MAX) this.#tokens += BUDGET_SHARE;
  }

  take(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** The link was lost and is there again. */
  reconnected(now: number): void {
    this.#recoversUntil = now + RECOVERY_MS;
  }

  isRecovering(now: number): boolean {
    return now < this.#recoversUntil;
  }
}

/** Whether what the router refused while it recovers is tried again until its deadline. */
export function mayRecover(method: MethodDescriptor, error: NexusError): boolean {
  return error.notExecuted && isPassing(error) && method.retry?.attempts !== 1;
}

/** `attempt` counts from 0. */
export function mayRetry(method: MethodDescriptor, error: NexusError, attempt: number): boolean {
  const attempts = Math.min(method.retry?.attempts ?? ATTEMPTS_MAX, ATTEMPTS_MAX);
  if (attempt + 1 >= attempts || !isPassing(error)) return false;
  return error.notExecuted || (method.idempotent === true && error.code === "UNAVAILABLE");
}

const isPassing = ({ code, retryable }: NexusError): boolean =>
  retryable && (code === "UNAVAILABLE" || code === "RESOURCE_EXHAUSTED");

/** Full jitter over a doubling range. */
export function backoffMs(method: MethodDescriptor, attempt: number, random: number): number {
  const first = method.retry?.backoffMs ?? BACKOFF_MS;
  const most = method.retry?.backoffMaxMs ?? BACKOFF_MS_MAX;
  return random * Math.min(first * 2 ** attempt, most);
}
