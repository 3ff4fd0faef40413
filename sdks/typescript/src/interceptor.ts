/** Code around every logical call and publish, outside retries. Without any, calls skip this room altogether. */
import type { Metadata } from "./metadata.ts";

export interface InterceptedCall {
  readonly kind: "unary" | "server_stream" | "client_stream" | "bidi" | "publish";
  /** `orders.v1.OrderService/GetOrder`, or the topic of a publish. */
  readonly target: string;
  readonly metadata: Metadata;
  /** Undefined where there is no deadline. */
  readonly timeoutMs: number | undefined;
  /** The requests, or the one event. */
  readonly messages: AsyncIterable<unknown>;
}

export interface Reply {
  /** Known once the responder sent its first frame; empty where it sent none. Never rejects. */
  readonly headers: Promise<Metadata>;
  /** The replies; to be read once. Ends with the call's error, where it has one. */
  readonly messages: AsyncIterable<unknown>;
  /** Known once the call ended. Never rejects. */
  readonly trailers: Promise<Metadata>;
}

export type Next = (call: InterceptedCall) => Promise<Reply>;

/**
 * Gets the call and what comes after it; returns the reply, or one of its own.
 *
 * @example
 * ```ts
 * const tenant: Interceptor = (call, next) =>
 *   next({ ...call, metadata: call.metadata.with("x-tenant", "a") });
 * ```
 */
export type Interceptor = (call: InterceptedCall, next: Next) => Promise<Reply>;

/** `interceptors` around `last`, the first outermost. */
export function chain(interceptors: readonly Interceptor[], last: Next): Next {
  return interceptors.reduceRight<Next>(
    (next, interceptor) => (call) => interceptor(call, next),
    last,
  );
}
