/**
 * One call through the router: its two ends, its two flows and its deadline. Calls are kept and used again, since there are
 * hundreds of thousands a second.
 */
import type { Expiring, Link } from "../link.ts";
import type { Provider } from "../resolve/services.ts";
import { createTimer, type Timer } from "../timer-wheel.ts";
import type { CallLine } from "./call-line.ts";

/** One direction of a call: what its consumer granted, what the producer was told, and what it has sent. */
export interface Flow {
  readonly call: Call;
  /** Towards the responder; the other flow goes to the requester. */
  readonly isRequest: boolean;
  grantedMessages: number;
  grantedBytes: number;
  passedMessages: number;
  passedBytes: number;
  sentMessages: number;
  sentBytes: number;
  /** What messages grew by when they were translated for the consumer, below 0 where they shrank. */
  extraBytes: number;
  /** A message has begun and not ended. */
  isPartial: boolean;
  /** END has come; nothing follows. */
  isEnded: boolean;
  /** What waits for the consumer's link; absent while nothing ever had to. */
  line: CallLine | undefined;
}

export interface Call {
  readonly kind: "call";
  requester: Link;
  requesterId: number;
  responder: Link;
  /** 0 until OPEN has left for the responder. */
  responderId: number;
  provider: Provider;
  /** The class byte of OPEN, which all frames of the call keep. */
  class: number;
  /** The responder has said its last, or was told to stop: its id is free. */
  isAnswered: boolean;
  /** The requester counts it among its open senders. */
  isSender: boolean;
  hasHeaders: boolean;
  /** In milliseconds of the router's clock. */
  openedAt: number;
  /** Kept only while somebody watches calls. */
  traceId: Uint8Array | undefined;
  readonly request: Flow;
  readonly response: Flow;
  readonly timer: Timer<Expiring>;
}

/** Calls kept for later use. */
const KEPT_MAX = 8192;

export class CallPool {
  readonly #free: Call[] = [];
  #live = 0;

  get live(): number {
    return this.#live;
  }

  take(requester: Link, requesterId: number, provider: Provider): Call {
    this.#live++;
    const call = this.#free.pop() ?? createCall(requester, provider);
    call.requester = requester;
    call.requesterId = requesterId;
    call.responder = provider.link;
    call.responderId = 0;
    call.provider = provider;
    call.isAnswered = false;
    call.isSender = false;
    call.hasHeaders = false;
    call.traceId = undefined;
    reset(call.request);
    reset(call.response);
    return call;
  }

  /** Nothing may refer to `call` any more. */
  release(call: Call): void {
    this.#live--;
    if (this.#free.length < KEPT_MAX) this.#free.push(call);
  }
}

function createCall(requester: Link, provider: Provider): Call {
  const call: Omit<Call, "request" | "response" | "timer"> = {
    kind: "call",
    requester,
    requesterId: 0,
    responder: provider.link,
    responderId: 0,
    provider,
    class: 0,
    isAnswered: false,
    isSender: false,
    hasHeaders: false,
    openedAt: 0,
    traceId: undefined,
  };
  const whole = call as Call;
  return Object.assign(whole, {
    request: createFlow(whole, true),
    response: createFlow(whole, false),
    timer: createTimer<Expiring>(whole),
  });
}

function createFlow(call: Call, isRequest: boolean): Flow {
  return {
    call,
    isRequest,
    grantedMessages: 0,
    grantedBytes: 0,
    passedMessages: 0,
    passedBytes: 0,
    sentMessages: 0,
    sentBytes: 0,
    extraBytes: 0,
    isPartial: false,
    isEnded: false,
    line: undefined,
  };
}

function reset(flow: Flow): void {
  flow.sentMessages = 0;
  flow.sentBytes = 0;
  flow.extraBytes = 0;
  flow.isPartial = false;
  flow.isEnded = false;
  flow.line = undefined;
}
