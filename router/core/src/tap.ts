/**
 * What passes through the router, for whoever watches: metrics, traces, logs. Watching changes nothing, and while nobody does a
 * call or message costs one comparison.
 */
import type { Call } from "./calls/call.ts";
import type { RouterEvent } from "./events.ts";
import type { Frame } from "./frame.ts";
import { metaFields } from "./meta-check.ts";
import type { EventMessage } from "./topics/event.ts";

/** A call that is over. The object is used again: who needs it later copies it. */
export interface CallSeen {
  /** The ids of the two links, and the call's stream on each; 0 where OPEN never left the router. */
  readonly requester: number;
  readonly requesterStream: number;
  readonly responder: number;
  readonly responderStream: number;
  /** `package.Service/Method`. */
  readonly method: string;
  readonly instance: string;
  /** A code of the protocol; 0 is OK. */
  readonly code: number;
  /** Milliseconds between its OPEN and its last frame. */
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** 16 bytes, where the caller sent a trace context and somebody watched from the start. */
  readonly traceId: Uint8Array | undefined;
}

/** A message that was accepted. The object is used again: who needs it later copies it. */
export interface MessageSeen {
  readonly link: number;
  readonly topic: string;
  readonly bytes: number;
  /** Subscriptions that it reaches; a queue group counts once. */
  readonly receivers: number;
  /** Its position in the topic; 0 and 0 where the topic has none. */
  readonly epoch: number;
  readonly sequence: number;
  readonly traceId: Uint8Array | undefined;
}

/** Each of these must be quick, must not throw and must not call the router. */
export interface Observer {
  event?(event: RouterEvent): void;
  callEnded?(call: CallSeen): void;
  published?(message: MessageSeen): void;
}

type Fillable<Seen> = { -readonly [Name in keyof Seen]: Seen[Name] };

const TRACE_ID_BYTES = 16;

export class Tap {
  #observers: readonly Observer[] = [];
  #seesCalls = false;
  #seesMessages = false;
  readonly #call: Fillable<CallSeen> = {
    requester: 0,
    requesterStream: 0,
    responder: 0,
    responderStream: 0,
    method: "",
    instance: "",
    code: 0,
    durationMs: 0,
    requestBytes: 0,
    responseBytes: 0,
    traceId: undefined,
  };
  readonly #message: Fillable<MessageSeen> = {
    link: 0,
    topic: "",
    bytes: 0,
    receivers: 0,
    epoch: 0,
    sequence: 0,
    traceId: undefined,
  };

  get seesCalls(): boolean {
    return this.#seesCalls;
  }

  get seesMessages(): boolean {
    return this.#seesMessages;
  }

  /** Watches until the function it returns is called. */
  add(observer: Observer): () => void {
    this.#set([...this.#observers, observer]);
    return () => this.#set(this.#observers.filter((each) => each !== observer));
  }

  event(event: RouterEvent): void {
    for (const observer of this.#observers) observer.event?.(event);
  }

  callEnded(call: Call, code: number, now: number): void {
    const seen = this.#call;
    seen.requester = call.requester.id;
    seen.requesterStream = call.requesterId;
    seen.responder = call.responder.id;
    seen.responderStream = call.responderId;
    seen.method = call.provider.method.name;
    seen.instance = call.provider.registration.instance;
    seen.code = code;
    seen.durationMs = now - call.openedAt;
    seen.requestBytes = call.request.sentBytes;
    seen.responseBytes = call.response.sentBytes;
    seen.traceId = call.traceId;
    for (const observer of this.#observers) observer.callEnded?.(seen);
  }

  published(link: number, message: EventMessage, receivers: number, frame: Frame): void {
    const seen = this.#message;
    seen.link = link;
    seen.topic = message.topic.name;
    seen.bytes = frame.payloadLength;
    seen.receivers = receivers;
    seen.epoch = message.epoch;
    seen.sequence = message.sequence;
    seen.traceId = traceIdOf(frame);
    for (const observer of this.#observers) observer.published?.(seen);
  }

  #set(observers: readonly Observer[]): void {
    this.#observers = observers;
    this.#seesCalls = observers.some((each) => each.callEnded !== undefined);
    this.#seesMessages = observers.some((each) => each.published !== undefined);
  }
}

/** A copy of the trace id of `frame`, whose meta was the last that was checked. */
export function traceIdOf(frame: Frame): Uint8Array | undefined {
  const { traceStart } = metaFields;
  if (frame.metaLength === 0 || traceStart === 0) return undefined;
  return frame.bytes.slice(traceStart, traceStart + TRACE_ID_BYTES);
}
