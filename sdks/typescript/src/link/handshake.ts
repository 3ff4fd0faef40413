/**
 * From an open channel to a session: preface, HELLO, WELCOME. Afterwards it only feeds bytes into frames, frames into the session
 * and watches that the peer is heard at all.
 */
import {
  argAt,
  type Channel,
  decodeControl,
  encodeFrame,
  FrameDecoder,
  type FrameFault,
  FrameType,
  LinkCode,
  limits,
  linkCodeName,
  PrefaceReader,
  payloadStart,
  preface,
  typeAt,
  wire,
} from "@nexus-bridge/protocol";
import type { LinkOptions } from "../link-options.ts";
import { NexusError } from "../nexus-error.ts";
import { type Expiring, Timer, type TimerWheel } from "../timer-wheel.ts";
import { sdkVersion } from "../version.ts";
import { compressionOf, ZLIB } from "./compression.ts";
import { Session, type SessionEvents, unavailable } from "./session.ts";

/** A peer that is silent for so many heartbeat intervals is dead. */
const SILENT_INTERVALS_MAX = 3;

export interface GreetOptions {
  readonly channel: Channel;
  readonly wheel: TimerWheel;
  readonly options: LinkOptions;
  readonly events: SessionEvents;
  readonly schedule: (flush: () => void) => void;
  /** Aborted: the link is no longer wanted. */
  readonly signal: AbortSignal;
}

/** Resolves with the session once the router said WELCOME. */
export function greet(options: GreetOptions): Promise<Session> {
  const greeting = new Greeting(options);
  const onAbort = (): void => greeting.abandon();
  options.signal.addEventListener("abort", onAbort);
  const settled = (): void => options.signal.removeEventListener("abort", onAbort);
  greeting.welcomed.then(settled, settled);
  options.channel.start(greeting);
  greeting.begin();
  return greeting.welcomed;
}

class Greeting implements Expiring {
  readonly welcomed: Promise<Session>;
  readonly #options: GreetOptions;
  readonly #channel: Channel;
  readonly #outcome = Promise.withResolvers<Session>();
  readonly #preface = new PrefaceReader();
  readonly #decoder = new FrameDecoder((bytes, view, start, end) =>
    this.#frame(bytes, view, start, end),
  );
  readonly #timer = new Timer(this);
  #intervalMs: number = limits.handshakeTimeoutMs;
  #heardAt = 0;
  #session: Session | undefined;
  #closed = false;

  constructor(options: GreetOptions) {
    this.#options = options;
    this.#channel = options.channel;
    this.welcomed = this.#outcome.promise;
  }

  begin(): void {
    const { wheel, options } = this.#options;
    const hello = encodeFrame({ type: FrameType.HELLO, payload: helloOf(options) });
    if (this.#hasPreface) {
      const start = preface();
      const bytes = new Uint8Array(start.length + hello.length);
      bytes.set(start);
      bytes.set(hello, start.length);
      this.#channel.write(bytes);
    } else this.#channel.write(hello);
    wheel.start(this.#timer, limits.handshakeTimeoutMs);
  }

  /** Messages of a WebSocket are frames already. */
  get #hasPreface(): boolean {
    return this.#channel.transport !== "ws";
  }

  data(bytes: Uint8Array): void {
    this.#heardAt = this.#options.wheel.clock.now();
    let rest = bytes;
    if (this.#hasPreface && !this.#preface.complete) {
      const taken = this.#preface.take(bytes);
      if (taken < 0) {
        this.#refuse(unavailable(`${this.#channel.remote} is no Nexus router`));
        return;
      }
      rest = bytes.subarray(taken);
    }
    if (rest.length === 0) return;
    const fault = this.#decoder.push(rest);
    if (fault === undefined) return;
    this.#decoder.stop();
    if (this.#session !== undefined) this.#session.fail(fault.code, fault.message);
    else this.#refuse(unavailable(`the router's greeting is broken: ${fault.message}`));
  }

  ended(): void {
    this.#lose(unavailable(`${this.#channel.remote} ended the link${this.#hint}`));
    this.#channel.end();
  }

  closed(cause?: Error): void {
    this.#closed = true;
    const why = cause === undefined ? "closed the link" : `closed the link: ${cause.message}`;
    this.#lose(
      new NexusError({
        code: "UNAVAILABLE",
        message: `${this.#channel.remote} ${why}${this.#hint}`,
        cause,
      }),
    );
  }

  /** What a port that speaks TLS only does to a client that speaks none: it closes without a word. */
  get #hint(): string {
    const isPlain = this.#channel.transport === "tcp" && this.#heardAt === 0;
    return isPlain ? " without a word: where only TLS is spoken, write nexus+tls://" : "";
  }

  abandon(): void {
    this.#refuse(unavailable("the link is no longer wanted"));
  }

  expire(): void {
    const { wheel } = this.#options;
    if (this.#session === undefined) {
      this.#refuse(unavailable(`${this.#channel.remote} did not say WELCOME in time`));
      return;
    }
    if (this.#session.over) {
      this.#channel.destroy();
      return;
    }
    const silentMs = wheel.clock.now() - this.#heardAt;
    if (silentMs < this.#intervalMs * SILENT_INTERVALS_MAX) {
      wheel.start(this.#timer, this.#intervalMs);
      return;
    }
    this.#lose(unavailable(`${this.#channel.remote} was silent for ${Math.round(silentMs)} ms`));
    this.#channel.destroy();
  }

  #frame(bytes: Uint8Array, view: DataView, start: number, end: number): FrameFault | undefined {
    if (this.#session !== undefined) {
      this.#session.frame(bytes, view, start, end);
      return undefined;
    }
    const type = typeAt(view, start);
    const payload = bytes.subarray(payloadStart(view, start), end);
    if (type === FrameType.WELCOME) return this.#welcome(payload);
    if (type === FrameType.ERROR) {
      this.#refused(payload, argAt(view, start));
      return undefined;
    }
    return { code: LinkCode.PROTOCOL_ERROR, message: `frame type ${type} before WELCOME` };
  }

  #welcome(payload: Uint8Array): FrameFault | undefined {
    const result = decodeControl(wire.Welcome, payload);
    if (result.kind === "fault") return result;
    const { wheel, events, schedule, options } = this.#options;
    this.#decoder.allowFullFrames();
    const compression = compressionOf(options);
    this.#session = new Session(this.#channel, result.payload, events, schedule, compression);
    this.#intervalMs = result.payload.heartbeatMs || limits.heartbeatMs;
    wheel.start(this.#timer, this.#intervalMs);
    this.#outcome.resolve(this.#session);
    return undefined;
  }

  #refused(payload: Uint8Array, code: number): void {
    const status = decodeControl(wire.Status, payload);
    const text = status.kind === "payload" ? status.payload.message : "";
    const name = linkCodeName(code) ?? code.toString(16);
    const denied = code === LinkCode.AUTH_FAILED || code === LinkCode.AUTH_EXPIRED;
    this.#refuse(
      new NexusError({
        code: denied
          ? "UNAUTHENTICATED"
          : code === LinkCode.UNSUPPORTED_VERSION
            ? "FAILED_PRECONDITION"
            : "UNAVAILABLE",
        message: `${this.#channel.remote} refused the link with ${name}${text === "" ? "" : `: ${text}`}`,
      }),
    );
  }

  #refuse(error: NexusError): void {
    this.#options.wheel.stop(this.#timer);
    this.#outcome.reject(error);
    this.#decoder.stop();
    if (!this.#closed) this.#channel.destroy();
  }

  #lose(error: NexusError): void {
    this.#options.wheel.stop(this.#timer);
    this.#outcome.reject(error);
    this.#session?.finish(error);
  }
}

function helloOf(options: LinkOptions): Uint8Array {
  const { token, name, zlib } = options;
  return wire.Hello.encode({
    wireMin: 1,
    wireMax: 1,
    client: {
      name: name ?? "",
      language: "typescript",
      sdk: "@nexus-bridge/sdk",
      version: sdkVersion,
    },
    role: "client",
    codecs: zlib === undefined ? [0] : [0, ZLIB],
    ...(token !== undefined && {
      auth: { method: "token", token: new TextEncoder().encode(token) },
    }),
  });
}
