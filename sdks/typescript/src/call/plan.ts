/** What one call will do, from the method's options, the caller's and those of the handler it is made from. Sends nothing. */
import {
  frameClass,
  limits,
  type Meta,
  ORDERING_KEY_BYTES_MAX,
  PRIORITY_DEFAULT,
  type Trace,
  type UserPair,
} from "@nexus-bridge/protocol";
import type { CallOptions, ResponseInfo } from "../call-options.ts";
import type { MethodDescriptor } from "../descriptor.ts";
import type { Route } from "../link/route.ts";
import type { Session } from "../link/session.ts";
import { type MetadataInit, userPairs } from "../metadata.ts";
import { invalidArgument } from "../nexus-error.ts";

const DEADLINE_MS_MAX = 0xffff_ffff;
const PRIORITY_LAST = 7;
/** What its byte can say. */
const ATTEMPT_MAX = 255;
const encoder = new TextEncoder();

/** What calls inherit from the handler they are made from. */
export interface Scope {
  readonly timeLeftMs: number | undefined;
  readonly signal: AbortSignal;
  readonly trace: Trace | undefined;
  readonly tracestate: string | undefined;
  readonly forwarded: readonly UserPair[];
}

export interface CallPlan {
  /** Undefined for none. */
  readonly timeoutMs: number | undefined;
  readonly priority: number;
  readonly class: number;
  readonly meta: Meta | undefined;
  readonly failFast: boolean;
  readonly signal: AbortSignal | undefined;
  readonly scopeSignal: AbortSignal | undefined;
  readonly onResponse: ((response: ResponseInfo) => void) | undefined;
}

/** A method as a client calls it. */
export interface ClientMethod {
  readonly path: string;
  readonly descriptor: MethodDescriptor;
  readonly route: Route;
  /** The plan of a call that says nothing. */
  readonly plan: CallPlan;
}

export function clientMethod(
  path: string,
  descriptor: MethodDescriptor,
  route: Route,
): ClientMethod {
  const priority = checkPriority(descriptor.priority ?? PRIORITY_DEFAULT);
  const timeoutMs =
    descriptor.timeoutMs ?? (descriptor.shape === "unary" ? limits.callTimeoutMs : undefined);
  const plan: CallPlan = {
    timeoutMs,
    priority,
    class: frameClass(priority),
    meta: undefined,
    failFast: false,
    signal: undefined,
    scopeSignal: undefined,
    onResponse: undefined,
  };
  return { path, descriptor, route, plan };
}

/** Throws INVALID_ARGUMENT where an option breaks a rule. */
export function planCall(
  method: ClientMethod,
  options: CallOptions | undefined,
  scope: Scope | undefined,
): CallPlan {
  const { plan } = method;
  if (options === undefined && scope === undefined) return plan;
  const priority = checkPriority(options?.priority ?? plan.priority);
  return {
    timeoutMs: timeout(options?.timeoutMs, scope?.timeLeftMs, plan.timeoutMs),
    priority,
    class: frameClass(priority),
    meta: keyed(callMeta(options?.metadata, scope), options?.orderingKey),
    failFast: options?.failFast ?? false,
    signal: options?.signal,
    scopeSignal: scope?.signal,
    onResponse: options?.onResponse,
  };
}

/** The least of what is given; the method's own default where nothing is. */
export function timeout(
  option: number | null | undefined,
  left: number | undefined,
  fallback: number | undefined,
): number | undefined {
  if (option !== undefined && option !== null && !(option >= 0))
    throw invalidArgument(
      `timeoutMs is ${option}; it must be a number of at least 0, or null for none`,
    );
  if (option === undefined && left === undefined) return fallback;
  const least = Math.min(option ?? Number.POSITIVE_INFINITY, left ?? Number.POSITIVE_INFINITY);
  return least === Number.POSITIVE_INFINITY ? undefined : Math.max(0, least);
}

/** The arg of OPEN: whole milliseconds, never 0 where there is a deadline. */
export function deadlineArg(leftMs: number | undefined): number {
  if (leftMs === undefined) return 0;
  return Math.min(Math.max(1, Math.ceil(leftMs)), DEADLINE_MS_MAX);
}

/**
 * What OPEN says besides the caller's meta: the name where there is no alias, the attempt where it is not the first, and the
 * request type's fingerprint where this session has not heard of it.
 */
export function openingMeta(
  { path, route, descriptor }: ClientMethod,
  plan: CallPlan,
  session: Session,
  alias: number,
  attempt: number,
): Meta {
  const { fingerprint } = descriptor.request;
  const tellsType = route.told !== session && fingerprint !== 0n;
  route.told = session;
  return {
    ...(alias === 0 && { name: path }),
    ...plan.meta,
    ...(attempt > 0 && { attempt: Math.min(attempt, ATTEMPT_MAX) }),
    ...(tellsType && { fingerprint }),
  };
}

export function callMeta(
  metadata: MetadataInit | undefined,
  scope: Scope | undefined,
): Meta | undefined {
  const own = metadata === undefined ? [] : userPairs(metadata);
  const forwarded = scope?.forwarded ?? [];
  if (own.length + forwarded.length === 0 && scope?.trace === undefined) return undefined;
  const said = new Set(own.map(([key]) => key));
  const user = [...forwarded.filter(([key]) => !said.has(key)), ...own];
  if (user.length > limits.userPairs)
    throw invalidArgument(
      `metadata has ${user.length} pairs with those of forwardMetadata; at most ${limits.userPairs} may be sent`,
    );
  return {
    ...(scope?.trace !== undefined && { trace: scope.trace }),
    ...(scope?.tracestate !== undefined && { tracestate: scope.tracestate }),
    ...(user.length > 0 && { user }),
  };
}

function keyed(meta: Meta | undefined, key: string | undefined): Meta | undefined {
  if (key === undefined) return meta;
  const orderingKey = encoder.encode(key);
  if (orderingKey.length > ORDERING_KEY_BYTES_MAX)
    throw invalidArgument(
      `orderingKey has ${orderingKey.length} bytes; it must have at most ${ORDERING_KEY_BYTES_MAX}`,
    );
  return { ...meta, orderingKey };
}

export function checkPriority(priority: number): number {
  if (!Number.isInteger(priority) || priority < 0 || priority > PRIORITY_LAST)
    throw invalidArgument(`priority is ${priority}; it must be 1 (first) to 7 (background)`);
  return Math.max(1, priority);
}
