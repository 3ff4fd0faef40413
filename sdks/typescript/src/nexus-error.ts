/**
 * The one error that leaves this package. It is compared by `code` and `reason`, never by text.
 */
import {
  Code,
  type CodeName,
  codeName,
  isRetryable,
  Reason,
  type ReasonName,
  reasonName,
} from "@nexus-bridge/protocol";

/** A typed detail as it travels: `google.protobuf.Any`. */
export interface ErrorDetail {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

export interface NexusErrorInit {
  readonly code: CodeName;
  readonly message: string;
  readonly reason?: ReasonName;
  /** Left out: what the code's table says. */
  readonly retryable?: boolean;
  readonly details?: readonly ErrorDetail[];
  /** The decoded schema error, where this is one. */
  readonly detail?: unknown;
  readonly cause?: unknown;
  /** It is certain that nothing was executed. */
  readonly notExecuted?: boolean;
}

/**
 * @example
 * ```ts
 * try {
 *   await orders.getOrder({ id: "o-1" });
 * } catch (error) {
 *   if (error instanceof NexusError && error.code === "UNAVAILABLE") return undefined;
 *   throw error;
 * }
 * ```
 */
export class NexusError extends Error {
  override readonly name = "NexusError";
  /** gRPC's name, for example `NOT_FOUND`. */
  readonly code: CodeName;
  /** Why, more closely than the code says. */
  readonly reason: ReasonName | undefined;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  readonly details: readonly ErrorDetail[];
  readonly detail: unknown;
  /** It is certain that nothing was executed. */
  readonly notExecuted: boolean;

  constructor(init: NexusErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.reason = init.reason;
    this.retryable = init.retryable ?? isRetryable(Code[init.code]);
    this.details = init.details ?? [];
    this.detail = init.detail;
    this.notExecuted = init.notExecuted ?? false;
  }
}

/** An error from its numbers on the wire; `reason` 0 is none. */
export function errorOf(
  code: number,
  reason: number,
  message: string,
  more?: Pick<NexusErrorInit, "details" | "cause" | "notExecuted">,
): NexusError {
  const named = reasonName(reason);
  const text = message === "" ? codeName(code) : message;
  return new NexusError({
    ...more,
    code: codeName(code),
    message: text,
    ...(named === undefined ? {} : { reason: named }),
  });
}

export function codeNumber(error: NexusError): Code {
  return Code[error.code];
}

export function reasonNumber(error: NexusError): number {
  return error.reason === undefined ? 0 : Reason[error.reason];
}

/** Bad arguments of the caller, found before anything was sent. */
export function invalidArgument(message: string, reason?: ReasonName): NexusError {
  return new NexusError({
    code: "INVALID_ARGUMENT",
    message,
    notExecuted: true,
    ...(reason === undefined ? {} : { reason }),
  });
}

export function cancelledBy(signal: AbortSignal): NexusError {
  return new NexusError({
    code: "CANCELLED",
    message: "the call was cancelled by its signal",
    cause: signal.reason,
  });
}
