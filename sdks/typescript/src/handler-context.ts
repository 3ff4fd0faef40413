/** What a handler is told of the call it handles, beside the request. */
import type { BoundLink } from "./bound-link.ts";
import type { Metadata, MetadataInit } from "./metadata.ts";

export interface HandlerContext {
  /** `orders.v1.OrderService/GetOrder`. */
  readonly method: string;
  readonly metadata: Metadata;
  /** 0 for a first attempt; counts the caller's retries. */
  readonly attempt: number;
  /** Aborted when the caller cancels, the deadline passes or the link is lost. */
  readonly signal: AbortSignal;
  /** Milliseconds until the deadline; undefined where there is none. */
  readonly timeLeftMs: number | undefined;
  /**
   * The link bound to this call: what is called or published through it inherits the deadline, the cancellation, the trace
   * and the metadata that `forwardMetadata` names.
   */
  readonly link: BoundLink;
  /** Sends headers before the first message; once, and not after a message has left. */
  setHeaders(headers: MetadataInit): void;
  /** Sent with the end of the call; calling it again replaces them. */
  setTrailers(trailers: MetadataInit): void;
}
