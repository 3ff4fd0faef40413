/**
 * One call from the router to a handler and back. It is also the context that the handler gets, so that a unary call costs one
 * object. A handler that answers at once never enters the session's tables.
 */
import {
  Assembly,
  argAt,
  Code,
  type Credit,
  classAt,
  codecOf,
  crc32,
  Flag,
  FrameType,
  flagsAt,
  frameTypeName,
  type Meta,
  payloadCrcAt,
  payloadStart,
  readCredit,
  SendCredit,
  streamAt,
  typeAt,
} from "@nexus-bridge/protocol";
import { Incoming, type IncomingOwner } from "../call/incoming.ts";
import { Outgoing } from "../call/outgoing.ts";
import { Reassembly } from "../call/reassembly.ts";
import { sendStatus } from "../call/status.ts";
import { CODEC_BITS, REQUEST_BYTES_MAX, ZLIB } from "../link/compression.ts";
import { encodeMessage } from "../link/encoding.ts";
import type { Session, Stream } from "../link/session.ts";
import { errorOf, NexusError } from "../nexus-error.ts";
import { type Expiring, Timer } from "../timer-wheel.ts";
import { CallContext } from "./call-context.ts";
import type { ServedMethod } from "./served-method.ts";

export class InboundCall implements Stream, IncomingOwner, Expiring {
  readonly id: number;
  readonly #session: Session;
  readonly #served: ServedMethod;
  readonly #class: number;
  readonly #context: CallContext;
  /** What the requester's OPEN leaves of the usual credit. */
  readonly #clipped: Meta["initialCredit"];
  /** The latest CREDIT, which may come before there is anything to send. */
  #granted: Credit | undefined;
  #timer: Timer | undefined;
  /** The stream is over for both sides; the handler may still run. */
  #over = false;
  #running = false;
  #reassembly: Reassembly | undefined;
  /** Of the request, where it came compressed. */
  #inflatedBytes = 0;
  #incoming: Incoming | undefined;
  #outgoing: Outgoing | undefined;

  constructor(
    session: Session,
    served: ServedMethod,
    meta: Meta | undefined,
    view: DataView,
    start: number,
  ) {
    this.id = streamAt(view, start);
    this.#session = session;
    this.#served = served;
    this.#class = classAt(view, start) & ~CODEC_BITS;
    this.#context = new CallContext(served, meta, argAt(view, start));
    this.#clipped = meta?.initialCredit;
  }

  /** Takes the OPEN frame; the slot is already counted. */
  begin(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const flags = flagsAt(view, start);
    const { shape } = this.#served.descriptor;
    if (shape === "client_stream" || shape === "bidi") {
      this.#incoming = new Incoming(this.#session, this.id, this.#served.read, this);
      this.#enter();
      const error = this.#incoming.accept(bytes, view, start, end);
      if (error !== undefined) {
        this.#fail(error);
        this.#left();
        return;
      }
      if ((flags & Flag.END) !== 0) this.#incoming.finish();
      this.#run(this.#incoming);
      return;
    }
    if ((flags & Flag.PCRC) === 0) {
      const message = `${this.#served.path} needs a request with its OPEN`;
      this.#refuseRequest(new NexusError({ code: "INVALID_ARGUMENT", message, notExecuted: true }));
      return;
    }
    if ((flags & Flag.MORE) !== 0 || codecOf(classAt(view, start)) !== 0) {
      this.#enter();
      this.#gather(bytes, view, start, end);
      return;
    }
    const from = payloadStart(view, start);
    if (crc32(bytes, from, end) !== payloadCrcAt(view, start))
      this.#refuseRequest(errorOf(Code.DATA_LOSS, 8, "the checksum of the request is wrong"));
    else this.#runWith(bytes, from, end);
  }

  frame(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const type = typeAt(view, start);
    if (type === FrameType.CANCEL) {
      const cause = errorOf(
        argAt(view, start) & 0xff,
        argAt(view, start) >>> 8,
        "the call was cancelled",
      );
      this.#leave(cause);
    } else if (type === FrameType.CREDIT) {
      const credit = readCredit(view, payloadStart(view, start), end);
      if (credit.kind === "fault") this.#session.fail(credit.code, credit.message);
      else {
        this.#granted = credit.payload;
        this.#outgoing?.raise(credit.payload.messages, credit.payload.bytes);
      }
    } else if (type !== FrameType.DATA)
      this.refuse(Code.INVALID_ARGUMENT, `${frameTypeName(type)} from a requester`);
    else if (this.#incoming !== undefined) {
      const error = this.#incoming.accept(bytes, view, start, end);
      if (error !== undefined) this.#fail(error);
      else if ((flagsAt(view, start) & Flag.END) !== 0) this.#incoming.finish();
    } else if (this.#running) this.refuse(Code.INVALID_ARGUMENT, "more than one request");
    else this.#gather(bytes, view, start, end);
  }

  lost(error: NexusError): void {
    this.#leave(error);
  }

  refuse(code: number, message: string): void {
    this.#fail(errorOf(code, 0, message));
  }

  expire(): void {
    this.#fail(errorOf(Code.DEADLINE_EXCEEDED, 0, `${this.#served.path}: the deadline passed`));
  }

  /** The handler stopped reading; the requester may go on sending until its credit is spent. */
  left(): void {}

  /** The handler is told already. */
  unreadable(error: NexusError): void {
    this.#fail(error);
  }

  /** A drain's grace is over. */
  evict(error: NexusError): void {
    this.#fail(error);
  }

  #gather(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    this.#reassembly ??= new Reassembly(this.#session, this.id, false, () => this.#inflatedMax);
    const outcome = this.#reassembly.accept(bytes, view, start, end);
    if (outcome === Assembly.FAULT) this.#refuseRequest(this.#crowded ?? this.#reassembly.error);
    else if (outcome === Assembly.MESSAGE) {
      const whole = this.#reassembly;
      this.#reassembly = undefined;
      this.#inflatedBytes = whole.inflatedBytes;
      const { compression } = this.#session;
      if (compression !== undefined) compression.requestBytes += this.#inflatedBytes;
      whole.read((from, at, to) => this.#runWith(from, at, to));
    }
  }

  /** A kibibyte of zlib may hold a mebibyte: what those at work hold together is bounded. */
  get #inflatedMax(): number {
    return REQUEST_BYTES_MAX - (this.#session.compression?.requestBytes ?? 0);
  }

  /** Why a request that may be read is not, where others leave no room for it. */
  get #crowded(): NexusError | undefined {
    const isTooLarge = this.#reassembly?.error.reason === "TOO_LARGE";
    if (!isTooLarge || this.#inflatedMax === REQUEST_BYTES_MAX) return undefined;
    const message = `${this.#served.path}: compressed requests at work here leave no room for this one; try again, or send it plain`;
    return new NexusError({ code: "RESOURCE_EXHAUSTED", message });
  }

  /** The handler is through, or never ran. */
  #left(): void {
    const { compression } = this.#session;
    if (compression !== undefined) compression.requestBytes -= this.#inflatedBytes;
    this.#inflatedBytes = 0;
    this.#served.left();
  }

  /** The handler never ran: answer, and give the slot back. */
  #refuseRequest(error: NexusError): void {
    this.#fail(error);
    this.#left();
  }

  #runWith(bytes: Uint8Array, from: number, to: number): void {
    let message: unknown;
    try {
      message = this.#served.read(bytes, from, to);
    } catch (error) {
      this.#refuseRequest(error as NexusError);
      return;
    }
    this.#run(message);
  }

  #run(request: unknown): void {
    this.#running = true;
    let result: unknown;
    try {
      result = this.#served.handle(request, this.#context);
    } catch (error) {
      this.#failed(error);
      return;
    }
    const { shape } = this.#served.descriptor;
    if (shape === "server_stream" || shape === "bidi") {
      this.#enter();
      void this.#replyAll(result);
    } else if (isPromise(result)) {
      this.#enter();
      result.then(
        (reply) => this.#reply(reply),
        (error) => this.#failed(error),
      );
    } else this.#reply(result);
  }

  /** From now on frames of this stream and the deadline reach it. */
  #enter(): void {
    if (this.#over || this.#session.streams.get(this.id) === this) return;
    this.#session.streams.set(this.id, this);
    this.#served.entered(this);
    const left = this.#context.timeLeftMs;
    if (left === undefined) return;
    this.#timer = new Timer(this);
    this.#served.link.wheel.start(this.#timer, left);
  }

  #reply(reply: unknown): void {
    this.#running = false;
    if (!this.#over) {
      try {
        this.#sendReply(reply);
      } catch (error) {
        this.#unencodable(error);
        return;
      }
    }
    this.#left();
  }

  #sendReply(reply: unknown): void {
    const writer = encodeMessage(this.#served.descriptor.response, reply);
    this.#sendHeaders();
    const trailing = this.#context.trailers !== undefined;
    const packed = this.#session.compression?.packed(writer.bytes, writer.position);
    const bytes = packed ?? writer.bytes;
    const size = packed?.length ?? writer.position;
    const codec = packed === undefined ? 0 : ZLIB;
    const roomy = this.#clipped === undefined && size <= 65536;
    if (roomy && !trailing && !this.#session.writer.blocked) {
      const crc = crc32(bytes, 0, size);
      const { DATA } = FrameType;
      this.#session.write(
        DATA,
        Flag.END,
        this.#class | codec,
        this.id,
        0,
        0,
        undefined,
        bytes,
        0,
        size,
        crc,
      );
      this.#finish();
      return;
    }
    this.#enter();
    this.#outgoing = this.#makeOutgoing();
    if (this.#outgoing.put(bytes, size, codec, !trailing)) this.#close(trailing);
    else void this.#outgoing.gone().then((gone) => gone && this.#close(trailing));
  }

  #close(trailing: boolean): void {
    if (this.#over) return;
    if (trailing)
      sendStatus(this.#session, this.id, this.#class, undefined, this.#context.trailers);
    this.#finish();
  }

  async #replyAll(result: unknown): Promise<void> {
    const outgoing = this.#makeOutgoing();
    this.#outgoing = outgoing;
    const { response } = this.#served.descriptor;
    try {
      for await (const reply of result as AsyncIterable<unknown>) {
        if (this.#over) break;
        const writer = encodeMessage(response, reply);
        this.#sendHeaders();
        if (!outgoing.send(writer, false) && !(await outgoing.gone())) break;
      }
    } catch (error) {
      this.#failed(error);
      return;
    }
    this.#running = false;
    if (!this.#over) {
      this.#sendHeaders();
      const trailing = this.#context.trailers !== undefined;
      if (!trailing) outgoing.end();
      this.#close(trailing);
    }
    this.#left();
  }

  #makeOutgoing(): Outgoing {
    const clipped = this.#clipped;
    const credit =
      clipped === undefined
        ? undefined
        : new SendCredit(clipped.messages, clipped.kibibytes * 1024);
    const outgoing = new Outgoing(this.#session, this.id, this.#class, undefined, credit);
    if (this.#granted !== undefined) outgoing.raise(this.#granted.messages, this.#granted.bytes);
    return outgoing;
  }

  #sendHeaders(): void {
    const meta = this.#context.takeHeaders();
    if (meta === undefined) return;
    this.#session.control({
      type: FrameType.HEADERS,
      class: this.#class,
      stream: this.id,
      meta,
    });
  }

  /** The handler threw. */
  #failed(error: unknown): void {
    this.#running = false;
    if (!this.#over) {
      const told = this.#served.errorFor(error);
      sendStatus(this.#session, this.id, this.#class, told, this.#context.trailers);
      this.#leave(told);
    }
    this.#left();
  }

  #unencodable(error: unknown): void {
    this.#failed(error instanceof NexusError ? (error.cause ?? new Error(error.message)) : error);
  }

  /** Ends the stream from this side; a handler that still runs keeps its slot. */
  #fail(error: NexusError): void {
    if (this.#over) return;
    sendStatus(this.#session, this.id, this.#class, error);
    this.#leave(error);
  }

  #leave(cause: NexusError): void {
    if (this.#over) return;
    // First of all: a handler that reads must not take the loss of its caller for the end of the requests.
    this.#incoming?.finish(cause);
    this.#finish();
    this.#context.abort(cause);
    if (this.#reassembly !== undefined) {
      this.#reassembly = undefined;
      this.#left();
    }
  }

  #finish(): void {
    this.#over = true;
    if (this.#session.streams.get(this.id) === this) this.#session.streams.delete(this.id);
    this.#outgoing?.stop();
    if (this.#timer !== undefined) this.#served.link.wheel.stop(this.#timer);
    this.#incoming?.finish();
    this.#served.exited(this);
  }
}

/** A message is data: a function called `then` is no field. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | undefined)?.then === "function";
}
