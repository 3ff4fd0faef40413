/** What a caller may say of one call, and how streams of messages are handed over. Option bags only grow. */
import type { Metadata, MetadataInit } from "./metadata.ts";

/** Messages one after the other; an array, a generator, a `sendQueue()`. */
export type MessageSource<T> = AsyncIterable<T> | Iterable<T>;

/** What the responder said beside its messages. */
export interface ResponseInfo {
  readonly headers: Metadata;
  readonly trailers: Metadata;
}

export interface CallOptions {
  /**
   * Milliseconds until the call ends DEADLINE_EXCEEDED; `null` for none. Left out: the method's `timeout_ms`, else 30 s for
   * unary calls and none for streams. Never more than the handler it is made from has left.
   */
  readonly timeoutMs?: number | null;
  /** Aborting it cancels the call on both sides; the caller gets CANCELLED with `cause` = the signal's reason. */
  readonly signal?: AbortSignal;
  readonly metadata?: MetadataInit;
  /** 1 (first) to 7 (background); left out: the method's, else 4. */
  readonly priority?: number;
  /**
   * Calls with the same key go to the same instance of a service that is balanced by `hash`, for as long as it is there and has
   * a place. At most 255 bytes of UTF-8.
   */
  readonly orderingKey?: string;
  /** Fails UNAVAILABLE at once while there is no link, instead of waiting for one until the deadline. */
  readonly failFast?: boolean;
  /** Called once, when the call has ended and before its outcome is handed over. */
  readonly onResponse?: (response: ResponseInfo) => void;
}
