/**
 * One streaming call from the caller to its end: sends what the source yields as credit allows, and gives the replies to a
 * reader that pulls. It is tried again only while nothing of an answer has come: afterwards messages may have been seen.
 */
import {
  argAt,
  CLASS_CONTROL,
  Code,
  Flag,
  FrameType,
  flagsAt,
  frameTypeName,
  payloadStart,
  readCredit,
  typeAt,
} from "@nexus-bridge/protocol";
import type { MessageSource } from "../call-options.ts";
import { calledBack } from "../link/callback.ts";
import { maybeForCompression } from "../link/compression.ts";
import type { LinkCore, Opening } from "../link/core.ts";
import { encodeMessage } from "../link/encoding.ts";
import { metaOf, type Session, type Stream } from "../link/session.ts";
import { type Metadata, metadataOf, NO_METADATA } from "../metadata.ts";
import { cancelledBy, codeNumber, errorOf, NexusError } from "../nexus-error.ts";
import { type Expiring, Timer } from "../timer-wheel.ts";
import { Incoming } from "./incoming.ts";
import { Outgoing } from "./outgoing.ts";
import { type CallPlan, type ClientMethod, deadlineArg, openingMeta } from "./plan.ts";
import { reader } from "./reader.ts";
import { retryIn, withoutDenial } from "./retry.ts";
import { iteratorOf, type Source } from "./source.ts";
import { packedError, statusError } from "./status.ts";

/** The replies of a call before and after it has a session. */
export interface Replies extends AsyncIterableIterator<unknown, undefined> {
  return(): Promise<IteratorResult<unknown, undefined>>;
}

type Result = IteratorResult<unknown, undefined>;
const NO_BYTES = new Uint8Array(0);

export class StreamCall implements Opening, Stream, Expiring {
  id = 0;
  settled = false;
  /** Resolve when the call has ended, at the latest. */
  readonly headers: Promise<Metadata>;
  readonly trailers: Promise<Metadata>;
  readonly #link: LinkCore;
  readonly #method: ClientMethod;
  readonly #plan: CallPlan;
  readonly #source: MessageSource<unknown>;
  readonly #timer = new Timer(this);
  readonly #opened = Promise.withResolvers<Incoming | undefined>();
  readonly #headersKnown = Promise.withResolvers<Metadata>();
  readonly #trailersKnown = Promise.withResolvers<Metadata>();
  #session: Session | undefined;
  #outgoing: Outgoing | undefined;
  #incoming: Incoming | undefined;
  #iterator: Source | undefined;
  /** What the source was asked for and nobody took yet. */
  #pulling: Promise<IteratorResult<unknown>> | undefined;
  #exhausted = false;
  /** The requests so far, for another attempt; bounded by the credit that a responder gives unasked. */
  #sent: unknown[] = [];
  /** Something of the responder came: what was sent is no longer ours to send again. */
  #answered = false;
  #attempt = 0;
  /** An attempt before this one may have been executed. */
  #mayHaveRun = false;
  #backingOff = false;
  /** 0: no deadline. */
  #dueAt = 0;
  #headersSeen: Metadata = NO_METADATA;
  #onAbort: (() => void) | undefined;
  #error: NexusError | undefined;

  constructor(
    link: LinkCore,
    method: ClientMethod,
    plan: CallPlan,
    source: MessageSource<unknown>,
  ) {
    this.#link = link;
    this.#method = method;
    this.#plan = plan;
    this.#source = source;
    this.headers = this.#headersKnown.promise;
    this.trailers = this.#trailersKnown.promise;
  }

  get priority(): number {
    return this.#plan.priority;
  }

  /** Exactly one request goes out. */
  get #single(): boolean {
    const { shape } = this.#method.descriptor;
    return shape === "server_stream" || shape === "unary";
  }

  /** Starts the call and returns its replies, to be read once. */
  begin(): Replies {
    const { timeoutMs, signal, scopeSignal } = this.#plan;
    this.#link.began();
    this.#watch(signal, scopeSignal);
    if (timeoutMs === 0 && !this.settled) this.expire();
    if (!this.settled) {
      if (timeoutMs !== undefined) {
        this.#link.wheel.start(this.#timer, timeoutMs);
        this.#dueAt = this.#timer.dueAt;
      }
      this.#link.budget.called();
      this.#link.start(this, this.#plan.failFast);
    }
    return this.#replies();
  }

  open(session: Session): void {
    const { descriptor, route } = this.#method;
    const attempt = this.#attempt;
    const alias = session.aliasOf(route);
    const id = session.takeId();
    this.id = id;
    this.#session = session;
    let { meta } = this.#plan;
    if (alias === 0 || attempt > 0 || route.told !== session)
      meta = openingMeta(this.#method, this.#plan, session, alias, attempt);
    const deadline = this.#deadline();
    if (this.#incoming === undefined)
      this.#incoming = new Incoming(session, id, reader(descriptor.response, "INTERNAL"), this);
    else this.#incoming.reopen(session, id);
    session.streams.set(id, this);
    // Ids leave in the order they are taken, so OPEN cannot wait for a source that is asynchronous.
    if (this.#single && !(Symbol.asyncIterator in this.#source)) {
      this.#outgoing = new Outgoing(session, id, this.#plan.class, {
        route: alias,
        deadline,
        meta,
      });
    } else {
      this.#outgoing = new Outgoing(session, id, this.#plan.class);
      const { OPEN } = FrameType;
      session.write(OPEN, 0, this.#plan.class, id, alias, deadline, meta, NO_BYTES, -1, 0, 0);
    }
    this.#opened.resolve(this.#incoming);
    void this.#send(this.#outgoing);
  }

  frame(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const type = typeAt(view, start);
    if (!this.#answered && (type !== FrameType.CREDIT || !this.#single)) this.#notes(type);
    switch (type) {
      case FrameType.DATA: {
        const fault = this.#incoming?.accept(bytes, view, start, end);
        if (fault !== undefined) this.#abandon(fault);
        else if ((flagsAt(view, start) & Flag.END) !== 0) this.#end(undefined, NO_METADATA);
        return;
      }
      case FrameType.STATUS: {
        const meta = metaOf(bytes, view, start);
        const trailers = meta?.kind === "meta" ? metadataOf(meta.meta.user) : NO_METADATA;
        const error = statusError(bytes, view, start, end);
        if (error === undefined) this.#end(undefined, trailers);
        else this.#fail(error, trailers);
        return;
      }
      case FrameType.HEADERS: {
        const meta = metaOf(bytes, view, start);
        if (meta?.kind === "fault") this.refuse(meta.code, meta.message);
        else this.#headersSeen = metadataOf(meta?.meta.user);
        this.#headersKnown.resolve(this.#headersSeen);
        return;
      }
      case FrameType.CREDIT: {
        const credit = readCredit(view, payloadStart(view, start), end);
        if (credit.kind === "fault") this.#session?.fail(credit.code, credit.message);
        else this.#outgoing?.raise(credit.payload.messages, credit.payload.bytes);
        return;
      }
      case FrameType.CANCEL:
        this.#fail(packedError(argAt(view, start), "the responder cancelled the call"));
        return;
      default:
        this.refuse(Code.INTERNAL, `${frameTypeName(type)} on a call`);
    }
  }

  lost(error: NexusError): void {
    this.#fail(error);
  }

  refuse(code: number, message: string): void {
    this.#abandon(errorOf(code, 0, message));
  }

  refuseOpening(error: NexusError): void {
    this.#end(error, NO_METADATA);
  }

  expire(): void {
    const left = this.#timeLeft();
    if (this.#backingOff && left !== 0) {
      this.#backingOff = false;
      if (left !== undefined) this.#link.wheel.start(this.#timer, left);
      this.#link.start(this, this.#plan.failFast);
      return;
    }
    const message = `${this.#method.path} did not end within ${this.#plan.timeoutMs} ms`;
    this.#abandon(
      new NexusError({ code: "DEADLINE_EXCEEDED", message, notExecuted: this.id === 0 }),
    );
  }

  /** The reader left its loop. */
  left(): void {
    this.#abandon(errorOf(Code.CANCELLED, 0, "the reader left before the end"));
  }

  /** The reader is told already. */
  unreadable(error: NexusError): void {
    this.#abandon(error);
  }

  async #send(outgoing: Outgoing): Promise<void> {
    const { request } = this.#method.descriptor;
    const single = this.#single;
    const isCurrent = (): boolean => !this.settled && this.#outgoing === outgoing;
    const plain = this.#method.route.plain === this.#session;
    const put = async (value: unknown): Promise<void> => {
      if (!outgoing.send(encodeMessage(request, value), single, plain)) await outgoing.gone();
    };
    try {
      for (const value of [...this.#sent]) if (isCurrent()) await put(value);
      if (!this.#exhausted) this.#iterator ??= iteratorOf(this.#source);
      while (isCurrent() && this.#iterator !== undefined) {
        let next = this.#pulling ?? this.#iterator.next();
        if (next instanceof Promise) {
          this.#pulling = next;
          next = await next;
          if (!isCurrent()) break;
          this.#pulling = undefined;
        }
        if (next.done === true) {
          this.#iterator = undefined;
          this.#exhausted = true;
          break;
        }
        if (!this.#answered) this.#sent.push(next.value);
        const message = encodeMessage(request, next.value);
        if (!outgoing.send(message, single, plain)) await outgoing.gone();
      }
      if (isCurrent() && this.#exhausted && !single) outgoing.end();
    } catch (cause) {
      if (!this.settled && this.#outgoing !== outgoing) return;
      this.#iterator = undefined;
      const message = "the source of the requests failed";
      const own = cause instanceof NexusError ? cause : undefined;
      this.#abandon(own ?? new NexusError({ code: "CANCELLED", message, cause }));
    }
    if (this.settled) this.#stopSource();
  }

  /** The first frame of the responder, unless it is the end. */
  #notes(type: number): void {
    if (type === FrameType.STATUS || type === FrameType.CANCEL) return;
    this.#answered = true;
    this.#sent = [];
  }

  #fail(error: NexusError, trailers: Metadata = NO_METADATA): void {
    if (this.#session !== undefined && this.#isForCompression(error)) {
      this.#method.route.plain = this.#session;
      this.#leaveSession();
      this.#link.start(this, this.#plan.failFast);
      return;
    }
    // Requests in the plural may be new ones the second time: only what certainly did not run is sent again.
    const may = !this.settled && !this.#answered && (this.#single || error.notExecuted);
    const delayMs = may
      ? retryIn(this.#link, {
          method: this.#method,
          plan: this.#plan,
          error,
          attempt: this.#attempt,
          timeLeftMs: this.#timeLeft(),
        })
      : undefined;
    if (delayMs === undefined) {
      this.#end(error, trailers);
      return;
    }
    this.#leaveSession();
    this.#attempt += 1;
    if (!error.notExecuted) this.#mayHaveRun = true;
    this.#backingOff = true;
    this.#link.wheel.start(this.#timer, delayMs);
  }

  /** It is begun again without compression, once: what it was refused for may be that. */
  #isForCompression(error: NexusError): boolean {
    if (this.settled || this.#answered || this.#outgoing?.packed !== true) return false;
    return this.#method.route.plain !== this.#session && maybeForCompression(error);
  }

  #leaveSession(): void {
    this.#session?.streams.delete(this.id);
    this.#session = undefined;
    this.id = 0;
    const outgoing = this.#outgoing;
    this.#outgoing = undefined;
    outgoing?.stop();
  }

  /** Ends the call from this side and tells the peer. */
  #abandon(error: NexusError): void {
    if (this.settled) return;
    const session = this.#session;
    const isOpen = this.#outgoing?.opened === true;
    if (isOpen && session !== undefined && session.streams.get(this.id) === this) {
      session.bare(FrameType.CANCEL, 0, CLASS_CONTROL, this.id, codeNumber(error));
    }
    this.#end(error, NO_METADATA);
  }

  #end(error: NexusError | undefined, trailers: Metadata): void {
    if (this.settled) return;
    this.settled = true;
    const told = error !== undefined && this.#mayHaveRun ? withoutDenial(error) : error;
    this.#error = told;
    this.#link.wheel.stop(this.#timer);
    this.#session?.streams.delete(this.id);
    this.#outgoing?.stop();
    if (this.#onAbort !== undefined) {
      this.#plan.signal?.removeEventListener("abort", this.#onAbort);
      this.#plan.scopeSignal?.removeEventListener("abort", this.#onAbort);
    }
    this.#headersKnown.resolve(this.#headersSeen);
    this.#trailersKnown.resolve(trailers);
    this.#link.ended();
    const { onResponse } = this.#plan;
    const headers = this.#headersSeen;
    if (onResponse !== undefined) calledBack(onResponse, { headers, trailers });
    this.#incoming?.finish(told);
    this.#opened.resolve(undefined);
    this.#stopSource();
  }

  /** A source that waits for nobody is told so; what it answers no longer matters. */
  #stopSource(): void {
    const iterator = this.#iterator;
    this.#iterator = undefined;
    if (iterator?.return !== undefined) void Promise.resolve(iterator.return()).catch(() => {});
  }

  #replies(): Replies {
    const incoming = this.#opened.promise;
    const replies: Replies = {
      next: async (): Promise<Result> => {
        const opened = this.#incoming ?? (await incoming);
        if (opened !== undefined) return opened.next();
        const error = this.#error;
        this.#error = undefined;
        if (error !== undefined) throw error;
        return { done: true, value: undefined };
      },
      return: async (): Promise<Result> => {
        if (this.#incoming !== undefined) return this.#incoming.return();
        this.left();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => replies,
    };
    return replies;
  }

  #timeLeft(): number | undefined {
    if (this.#dueAt === 0) return undefined;
    return Math.max(0, this.#dueAt - this.#link.wheel.clock.now());
  }

  #deadline(): number {
    const left = this.#timeLeft();
    return left === undefined ? 0 : deadlineArg(left);
  }

  #watch(signal: AbortSignal | undefined, scopeSignal: AbortSignal | undefined): void {
    if (signal === undefined && scopeSignal === undefined) return;
    const onAbort = (): void => {
      const by = signal?.aborted === true ? signal : scopeSignal;
      this.#abandon(cancelledBy(by as AbortSignal));
    };
    if (signal?.aborted === true || scopeSignal?.aborted === true) {
      onAbort();
      return;
    }
    this.#onAbort = onAbort;
    signal?.addEventListener("abort", onAbort);
    scopeSignal?.addEventListener("abort", onAbort);
  }
}
