/**
 * One unary call from the caller to its outcome: opens, waits, retries, ends. The usual case is one frame each way and no
 * machinery for streams.
 */
import {
  Assembly,
  argAt,
  CLASS_CONTROL,
  Code,
  classAt,
  codecOf,
  crc32,
  Flag,
  FrameType,
  flagsAt,
  frameTypeName,
  HEADER_BYTES,
  limits,
  metaLengthAt,
  payloadCrcAt,
  payloadStart,
  readCredit,
  typeAt,
} from "@nexus-bridge/protocol";
import { calledBack } from "../link/callback.ts";
import { maybeForCompression, ZLIB } from "../link/compression.ts";
import type { LinkCore, Opening } from "../link/core.ts";
import { decodeMessage, encodeMessage } from "../link/encoding.ts";
import { metaOf, type Session, type Stream } from "../link/session.ts";
import { type Metadata, metadataOf, NO_METADATA } from "../metadata.ts";
import { cancelledBy, errorOf, NexusError } from "../nexus-error.ts";
import { type Expiring, Timer } from "../timer-wheel.ts";
import { Outgoing } from "./outgoing.ts";
import { type CallPlan, type ClientMethod, deadlineArg, openingMeta } from "./plan.ts";
import { Reassembly } from "./reassembly.ts";
import { retryIn, withoutDenial } from "./retry.ts";
import { packedError, statusError } from "./status.ts";

const LONE_REPLY = Flag.END | Flag.PCRC;

/** Calls `method` and resolves with its reply. The request must not change before the call ends: a retry encodes it anew. */
export function callUnary(
  link: LinkCore,
  method: ClientMethod,
  plan: CallPlan,
  request: unknown,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    new UnaryCall(link, method, plan, request, resolve, reject).begin();
  });
}

class UnaryCall implements Opening, Stream, Expiring {
  id = 0;
  settled = false;
  readonly #link: LinkCore;
  readonly #method: ClientMethod;
  readonly #plan: CallPlan;
  readonly #request: unknown;
  readonly #resolve: (reply: unknown) => void;
  readonly #reject: (error: unknown) => void;
  readonly #timer = new Timer(this);
  /** Undefined while it waits for a session or for its next attempt. */
  #session: Session | undefined;
  #attempt = 0;
  /** An attempt before this one may have been executed. */
  #mayHaveRun = false;
  #backingOff = false;
  /** The request left compressed. */
  #packed = false;
  #dueAt = 0;
  #outgoing: Outgoing | undefined;
  #reassembly: Reassembly | undefined;
  #reply: unknown;
  #replied = false;
  #headers: Metadata = NO_METADATA;
  #onAbort: (() => void) | undefined;

  constructor(
    link: LinkCore,
    method: ClientMethod,
    plan: CallPlan,
    request: unknown,
    resolve: (reply: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.#link = link;
    this.#method = method;
    this.#plan = plan;
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get priority(): number {
    return this.#plan.priority;
  }

  begin(): void {
    const { timeoutMs, signal, scopeSignal } = this.#plan;
    this.#link.began();
    if (signal !== undefined || scopeSignal !== undefined) this.#watch(signal, scopeSignal);
    if (this.settled) return;
    // No time at all: the deadline is over before anything is sent.
    if (timeoutMs === 0) {
      this.expire();
      return;
    }
    if (timeoutMs !== undefined) {
      this.#link.wheel.start(this.#timer, timeoutMs);
      this.#dueAt = this.#timer.dueAt;
    }
    this.#link.budget.called();
    this.#link.start(this, this.#plan.failFast);
  }

  open(session: Session): void {
    let writer: ReturnType<typeof encodeMessage>;
    try {
      writer = encodeMessage(this.#method.descriptor.request, this.#request);
    } catch (error) {
      this.#end(error as NexusError, NO_METADATA);
      return;
    }
    const { route } = this.#method;
    const alias = session.aliasOf(route);
    const id = session.takeId();
    this.id = id;
    this.#session = session;
    session.streams.set(id, this);
    let { meta } = this.#plan;
    if (alias === 0 || this.#attempt > 0 || route.told !== session)
      meta = openingMeta(this.#method, this.#plan, session, alias, this.#attempt);
    const deadline = this.#deadline();
    const packs = session.compression !== undefined && route.plain !== session;
    const packed = packs ? session.compression.packed(writer.bytes, writer.position) : undefined;
    this.#packed = packed !== undefined;
    const bytes = packed ?? writer.bytes;
    const size = packed?.length ?? writer.position;
    const codec = packed === undefined ? 0 : ZLIB;
    const frameClass = this.#plan.class | codec;
    if (size > limits.streamCreditBytes) {
      const opening = { route: alias, deadline, meta };
      this.#outgoing = new Outgoing(session, id, this.#plan.class, opening);
      this.#outgoing.put(bytes, size, codec, true);
      return;
    }
    const crc = crc32(bytes, 0, size);
    const { OPEN } = FrameType;
    session.write(OPEN, Flag.END, frameClass, id, alias, deadline, meta, bytes, 0, size, crc);
  }

  frame(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const type = typeAt(view, start);
    if (type === FrameType.DATA) this.#data(bytes, view, start, end);
    else if (type === FrameType.STATUS) this.#status(bytes, view, start, end);
    else if (type === FrameType.HEADERS) this.#meta(bytes, view, start);
    else if (type === FrameType.CREDIT) {
      const credit = readCredit(view, payloadStart(view, start), end);
      if (credit.kind === "fault") this.#session?.fail(credit.code, credit.message);
      else this.#outgoing?.raise(credit.payload.messages, credit.payload.bytes);
    } else if (type === FrameType.CANCEL)
      this.#fail(packedError(argAt(view, start), "the responder cancelled the call"));
    else this.refuse(Code.INTERNAL, `${frameTypeName(type)} on a call`);
  }

  lost(error: NexusError): void {
    this.#session = undefined;
    this.#fail(error);
  }

  refuse(code: number, message: string): void {
    this.#giveUp(code);
    this.#end(errorOf(code, 0, message), NO_METADATA);
  }

  expire(): void {
    if (this.#backingOff && this.#timeLeft() !== 0) {
      this.#backingOff = false;
      const left = this.#timeLeft();
      if (left !== undefined) this.#link.wheel.start(this.#timer, left);
      this.#link.start(this, this.#plan.failFast);
      return;
    }
    this.#giveUp(Code.DEADLINE_EXCEEDED);
    const waited = this.id === 0;
    const where = waited && this.#plan.timeoutMs !== 0 ? ` while it waited for a link` : "";
    const message = `${this.#method.path} got no answer within ${this.#plan.timeoutMs} ms${where}`;
    this.#end(
      new NexusError({ code: "DEADLINE_EXCEEDED", message, notExecuted: waited }),
      NO_METADATA,
    );
  }

  #data(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const lone = flagsAt(view, start) === LONE_REPLY && metaLengthAt(view, start) === 0;
    const plain = codecOf(classAt(view, start)) === 0;
    if (lone && plain && argAt(view, start) === 0 && this.#reassembly === undefined) {
      const from = start + HEADER_BYTES;
      if (crc32(bytes, from, end) !== payloadCrcAt(view, start))
        this.refuse(Code.DATA_LOSS, "the checksum of a payload is wrong");
      else if (this.#decode(bytes, from, end)) this.#end(undefined, NO_METADATA);
      return;
    }
    const session = this.#session;
    if (session === undefined) return;
    this.#reassembly ??= new Reassembly(session, this.id);
    const ends = (flagsAt(view, start) & Flag.END) !== 0;
    if (ends) this.#reassembly.complete = true;
    const outcome = this.#reassembly.accept(bytes, view, start, end);
    if (outcome === Assembly.FAULT) {
      const { error } = this.#reassembly;
      this.#giveUp(Code.CANCELLED);
      this.#end(error, NO_METADATA);
      return;
    }
    if (outcome === Assembly.MESSAGE) {
      if (this.#replied) {
        this.refuse(Code.INTERNAL, "more than one reply to a unary call");
        return;
      }
      const whole = this.#reassembly.read((from, at, to) => this.#decode(from, at, to));
      if (!whole) return;
    }
    if (ends) this.#complete(NO_METADATA);
  }

  #status(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const meta = metaOf(bytes, view, start);
    const trailers = meta?.kind === "meta" ? metadataOf(meta.meta.user) : NO_METADATA;
    const error = statusError(bytes, view, start, end);
    if (error === undefined) this.#complete(trailers);
    else this.#fail(error, trailers);
  }

  #meta(bytes: Uint8Array, view: DataView, start: number): void {
    const meta = metaOf(bytes, view, start);
    if (meta?.kind === "fault") this.refuse(meta.code, meta.message);
    else this.#headers = metadataOf(meta?.meta.user);
  }

  #decode(bytes: Uint8Array, from: number, to: number): boolean {
    try {
      this.#reply = decodeMessage(this.#method.descriptor.response, bytes, from, to);
      this.#replied = true;
      return true;
    } catch (cause) {
      const { typeName } = this.#method.descriptor.response;
      this.#giveUp(Code.INTERNAL);
      const message = `the reply is no valid ${typeName}`;
      this.#end(new NexusError({ code: "INTERNAL", message, cause }), NO_METADATA);
      return false;
    }
  }

  #complete(trailers: Metadata): void {
    if (this.#replied) this.#end(undefined, trailers);
    else this.#end(errorOf(Code.INTERNAL, 0, "the call succeeded without a reply"), trailers);
  }

  #fail(error: NexusError, trailers: Metadata = NO_METADATA): void {
    if (this.#packed && this.#session !== undefined && maybeForCompression(error)) {
      this.#method.route.plain = this.#session;
      this.#release();
      this.#link.start(this, this.#plan.failFast);
      return;
    }
    const delayMs = this.settled
      ? undefined
      : retryIn(this.#link, {
          method: this.#method,
          plan: this.#plan,
          error,
          attempt: this.#attempt,
          timeLeftMs: this.#timeLeft(),
        });
    if (delayMs === undefined) {
      this.#end(error, trailers);
      return;
    }
    this.#release();
    this.#attempt += 1;
    if (!error.notExecuted) this.#mayHaveRun = true;
    this.#backingOff = true;
    this.#link.wheel.start(this.#timer, delayMs);
  }

  refuseOpening(error: NexusError): void {
    this.#end(error, NO_METADATA);
  }

  /** Tells the peer that nobody waits any more. */
  #giveUp(code: number): void {
    if (this.#session !== undefined && this.#session.streams.get(this.id) === this)
      this.#session.bare(FrameType.CANCEL, 0, CLASS_CONTROL, this.id, code);
  }

  /** Leaves the session; what comes for this id is dropped from now on. */
  #release(): void {
    this.#outgoing?.stop();
    this.#outgoing = undefined;
    this.#reassembly = undefined;
    this.#replied = false;
    this.#session?.streams.delete(this.id);
    this.#session = undefined;
    this.id = 0;
  }

  #end(error: NexusError | undefined, trailers: Metadata): void {
    if (this.settled) return;
    this.settled = true;
    this.#link.wheel.stop(this.#timer);
    const reply = this.#reply;
    this.#release();
    if (this.#onAbort !== undefined) this.#unwatch(this.#onAbort);
    this.#link.ended();
    const { onResponse } = this.#plan;
    if (onResponse !== undefined) calledBack(onResponse, { headers: this.#headers, trailers });
    if (error === undefined) this.#resolve(reply);
    else this.#reject(this.#mayHaveRun ? withoutDenial(error) : error);
  }

  #timeLeft(): number | undefined {
    if (this.#dueAt === 0) return undefined;
    return Math.max(0, this.#dueAt - this.#link.wheel.clock.now());
  }

  #deadline(): number {
    const { timeoutMs } = this.#plan;
    return timeoutMs === undefined ? 0 : deadlineArg(this.#timeLeft());
  }

  #watch(signal: AbortSignal | undefined, scopeSignal: AbortSignal | undefined): void {
    const onAbort = (): void => {
      const by = signal?.aborted === true ? signal : scopeSignal;
      this.#giveUp(Code.CANCELLED);
      this.#end(cancelledBy(by as AbortSignal), NO_METADATA);
    };
    if (signal?.aborted === true || scopeSignal?.aborted === true) {
      onAbort();
      return;
    }
    this.#onAbort = onAbort;
    signal?.addEventListener("abort", onAbort);
    scopeSignal?.addEventListener("abort", onAbort);
  }

  #unwatch(onAbort: () => void): void {
    this.#plan.signal?.removeEventListener("abort", onAbort);
    this.#plan.scopeSignal?.removeEventListener("abort", onAbort);
  }
}
