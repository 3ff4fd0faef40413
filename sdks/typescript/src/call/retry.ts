/**
 * Whether a failed call is tried again: only where it certainly did not run or may run twice, seldom, and never for long. Right
 * after a link was made again it is not seldom: providers come back at their own pace, and callers all at once.
 */
import type { MethodDescriptor } from "../descriptor.ts";
import type { LinkCore } from "../link/core.ts";
import { NexusError } from "../nexus-error.ts";
import type { CallPlan, ClientMethod } from "./plan.ts";

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

export interface Failed {
  readonly method: ClientMethod;
  readonly plan: CallPlan;
  readonly error: NexusError;
  /** From 0. */
  readonly attempt: number;
  /** Undefined where there is no deadline. */
  readonly timeLeftMs: number | undefined;
}

/** Milliseconds until the call is tried again; undefined where it is not. It is told to whoever listens. */
export function retryIn(link: LinkCore, failed: Failed): number | undefined {
  const { method, plan, error, attempt, timeLeftMs } = failed;
  const { descriptor, path, route } = method;
  // A router that judges a type at its first use has to hear of it again.
  if (error.reason === "SCHEMA_MISMATCH") route.told = undefined;
  const { budget, wheel } = link;
  const recovers = !plan.failFast && budget.isRecovering(wheel.clock.now());
  const again =
    (recovers && mayRecover(descriptor, error)) ||
    (mayRetry(descriptor, error, attempt) && budget.take());
  if (!again) return undefined;
  const delayMs = backoffMs(descriptor, attempt, link.random());
  if (timeLeftMs !== undefined && timeLeftMs <= delayMs) return undefined;
  link.diagnose({ kind: "retry", method: path, attempt: attempt + 1, code: error.code });
  return delayMs;
}

/** What was said of the last attempt alone does not hold for the call. */
export function withoutDenial(error: NexusError): NexusError {
  if (!error.notExecuted) return error;
  const { code, message, reason, retryable, details, detail, cause } = error;
  return new NexusError({
    code,
    message,
    retryable,
    details,
    detail,
    cause,
    ...(reason !== undefined && { reason }),
  });
}

/** Whether what the router refused while it recovers is tried again until its deadline. */
function mayRecover(method: MethodDescriptor, error: NexusError): boolean {
  return error.notExecuted && isPassing(error) && method.retry?.attempts !== 1;
}

/** `attempt` counts from 0. */
function mayRetry(method: MethodDescriptor, error: NexusError, attempt: number): boolean {
  const attempts = Math.min(method.retry?.attempts ?? ATTEMPTS_MAX, ATTEMPTS_MAX);
  if (attempt + 1 >= attempts || !isPassing(error)) return false;
  return error.notExecuted || (method.idempotent === true && error.code === "UNAVAILABLE");
}

const isPassing = ({ code, retryable }: NexusError): boolean =>
  retryable && (code === "UNAVAILABLE" || code === "RESOURCE_EXHAUSTED");

/** Full jitter over a doubling range. */
function backoffMs(method: MethodDescriptor, attempt: number, random: number): number {
  const first = method.retry?.backoffMs ?? BACKOFF_MS;
  const most = method.retry?.backoffMaxMs ?? BACKOFF_MS_MAX;
  return random * Math.min(first * 2 ** attempt, most);
}
