/**
 * Keeps one session: dials, greets, and does so again after a loss, until it is stopped. It knows nothing of what the session
 * is used for.
 */
import type { Dial } from "@nexus-bridge/protocol";
import { limits } from "@nexus-bridge/protocol";
import type { Alarm } from "../clock.ts";
import type { LinkOptions } from "../link-options.ts";
import { cancelledBy, NexusError } from "../nexus-error.ts";
import type { TimerWheel } from "../timer-wheel.ts";
import { reconnectDelayMs } from "./backoff.ts";
import { greet } from "./handshake.ts";
import type { Session, SessionEvents } from "./session.ts";

export interface ConnectorOptions {
  readonly url: URL;
  readonly dial: Dial;
  readonly wheel: TimerWheel;
  readonly options: LinkOptions;
  readonly random: () => number;
  readonly schedule: (flush: () => void) => void;
  readonly events: SessionEvents;
  /** A session is there. */
  readonly connected: (session: Session) => void;
  /** An attempt failed; the next comes after so many milliseconds, or none does. */
  readonly failed: (error: NexusError, retryInMs: number | undefined) => void;
}

/** Errors that no further attempt mends. */
const FINAL: ReadonlySet<string> = new Set([
  "UNAUTHENTICATED",
  "FAILED_PRECONDITION",
  "INVALID_ARGUMENT",
]);

export class Connector {
  readonly #options: ConnectorOptions;
  readonly #stop = new AbortController();
  /** Settles with the first session, or with why there is none. */
  readonly first = Promise.withResolvers<Session>();
  #attempt = 0;
  #everConnected = false;
  #alarm: Alarm | undefined;
  #lastError: NexusError | undefined;

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.first.promise.catch(() => {});
  }

  begin(): void {
    const { clock } = this.#options.wheel;
    const { options } = this.#options;
    const timeoutMs = options.connectTimeoutMs ?? limits.connectTimeoutMs;
    const late = clock.after(timeoutMs, () => this.#giveUp(timeoutMs));
    const { signal } = options;
    const onAbort = (): void => this.#abandon(cancelledBy(signal as AbortSignal));
    signal?.addEventListener("abort", onAbort);
    const done = (): void => {
      late.cancel();
      signal?.removeEventListener("abort", onAbort);
    };
    this.first.promise.then(done, done);
    if (signal?.aborted === true) onAbort();
    else void this.#try();
  }

  /** The session is gone: make another. Returns after how many milliseconds. */
  again(): number {
    const delay = reconnectDelayMs(this.#attempt, this.#options.random());
    this.#attempt += 1;
    this.#alarm = this.#options.wheel.clock.after(delay, () => void this.#try());
    return delay;
  }

  stop(): void {
    this.#alarm?.cancel();
    this.#stop.abort();
  }

  async #try(): Promise<void> {
    const { url, dial, connected, failed } = this.#options;
    const { signal } = this.#stop;
    try {
      const channel = await dial(url, { signal });
      if (signal.aborted) {
        channel.destroy();
        return;
      }
      const session = await greet({ ...this.#options, channel, signal });
      if (signal.aborted) {
        session.close();
        return;
      }
      this.#attempt = 0;
      this.#everConnected = true;
      this.first.resolve(session);
      connected(session);
    } catch (cause) {
      if (signal.aborted) return;
      const error = asUnavailable(cause);
      this.#lastError = error;
      if (FINAL.has(error.code)) {
        this.first.reject(error);
        failed(error, undefined);
        return;
      }
      const delay = this.again();
      if (this.#everConnected) failed(error, delay);
    }
  }

  #giveUp(timeoutMs: number): void {
    // Not compared with the clock: a host's timer may fire a fraction of a millisecond early, and only once.
    if (this.#everConnected) return;
    const { url } = this.#options;
    const why = this.#lastError === undefined ? "no answer" : this.#lastError.message;
    this.#abandon(
      new NexusError({
        code: "UNAVAILABLE",
        message: `no router at ${url.href} within ${timeoutMs} ms (${why}); start one with: nexus start`,
        cause: this.#lastError,
        notExecuted: true,
      }),
    );
  }

  #abandon(error: NexusError): void {
    this.stop();
    this.first.reject(error);
    this.#options.failed(error, undefined);
  }
}

function asUnavailable(cause: unknown): NexusError {
  if (cause instanceof NexusError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new NexusError({ code: "UNAVAILABLE", message, cause });
}
