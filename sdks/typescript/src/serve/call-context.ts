/** What a handler sees of the call it handles, and what calls made from it inherit. It sends nothing itself. */
import { Code, type Meta, type Trace, type UserPair } from "@nexus-bridge/protocol";
import { type BoundLink, bindLink } from "../bound-link.ts";
import type { Scope } from "../call/plan.ts";
import type { HandlerContext } from "../handler-context.ts";
import { type Metadata, type MetadataInit, metadataOf, userPairs } from "../metadata.ts";
import { errorOf, type NexusError } from "../nexus-error.ts";
import type { ServedMethod } from "./served-method.ts";

const NO_PAIRS: readonly UserPair[] = [];

export class CallContext implements HandlerContext, Scope {
  readonly #served: ServedMethod;
  readonly #meta: Meta | undefined;
  /** 0: no deadline. */
  readonly #dueAt: number;
  #controller: AbortController | undefined;
  #aborted: NexusError | undefined;
  #bound: BoundLink | undefined;
  #headers: readonly UserPair[] | undefined;
  #trailers: readonly UserPair[] | undefined;
  #replying = false;

  constructor(served: ServedMethod, meta: Meta | undefined, deadlineMs: number) {
    this.#served = served;
    this.#meta = meta;
    this.#dueAt = deadlineMs === 0 ? 0 : served.link.wheel.clock.now() + deadlineMs;
  }

  get method(): string {
    return this.#served.path;
  }

  get metadata(): Metadata {
    return metadataOf(this.#meta?.user);
  }

  get attempt(): number {
    return this.#meta?.attempt ?? 0;
  }

  get timeLeftMs(): number | undefined {
    if (this.#dueAt === 0) return undefined;
    return Math.max(0, this.#dueAt - this.#served.link.wheel.clock.now());
  }

  /** Made when it is first asked for: most handlers never do. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted);
    }
    return this.#controller.signal;
  }

  get link(): BoundLink {
    this.#bound ??= bindLink(this.#served.link, this);
    return this.#bound;
  }

  get trace(): Trace | undefined {
    return this.#meta?.trace;
  }

  get tracestate(): string | undefined {
    return this.#meta?.tracestate;
  }

  get forwarded(): readonly UserPair[] {
    const keys = this.#served.link.options.forwardMetadata;
    const pairs = this.#meta?.user;
    if (keys === undefined || pairs === undefined) return NO_PAIRS;
    return pairs.filter(([key]) => keys.includes(key));
  }

  setHeaders(headers: MetadataInit): void {
    if (this.#replying)
      throw errorOf(Code.FAILED_PRECONDITION, 0, "headers go before the first message, once");
    this.#headers = userPairs(headers);
  }

  setTrailers(trailers: MetadataInit): void {
    this.#trailers = userPairs(trailers);
  }

  /** @internal The call is over before its handler is. */
  abort(cause: NexusError): void {
    this.#aborted = cause;
    this.#controller?.abort(cause);
  }

  /** @internal The headers to send before the message at hand; undefined where there are none or they have left. */
  takeHeaders(): Meta | undefined {
    if (this.#replying) return undefined;
    this.#replying = true;
    return this.#headers === undefined ? undefined : { user: this.#headers };
  }

  /** @internal */
  get trailers(): Meta | undefined {
    return this.#trailers === undefined ? undefined : { user: this.#trailers };
  }
}
