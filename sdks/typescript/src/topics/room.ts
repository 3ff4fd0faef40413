/** Waiting for room in a full output: bounded, with a deadline and signals. */
import type { LinkCore } from "../link/core.ts";
import type { Blocked, Session } from "../link/session.ts";
import { cancelledBy, NexusError } from "../nexus-error.ts";
import { type Expiring, Timer } from "../timer-wheel.ts";

/** Publishes that wait for room at once; more are refused. */
const WAITING_MAX = 1024;

const waiting = new WeakMap<Session, number>();

export class Room implements Blocked, Expiring {
  readonly free: Promise<void>;
  readonly #link: LinkCore;
  readonly #session: Session;
  readonly #signals: readonly AbortSignal[];
  readonly #timer = new Timer(this);
  readonly #settle = Promise.withResolvers<void>();
  readonly #onAbort = (): void => {
    const by = this.#signals.find((signal) => signal.aborted);
    this.#done(by === undefined ? undefined : cancelledBy(by));
  };

  constructor(
    link: LinkCore,
    session: Session,
    timeoutMs: number | undefined,
    signals: readonly AbortSignal[],
  ) {
    this.#link = link;
    this.#session = session;
    this.#signals = signals;
    this.free = this.#settle.promise;
    const others = waiting.get(session) ?? 0;
    waiting.set(session, others + 1);
    if (others >= WAITING_MAX) {
      this.#done(
        new NexusError({
          code: "RESOURCE_EXHAUSTED",
          reason: "SLOW_CONSUMER",
          message: `the router is slow and ${WAITING_MAX} publishes wait already: await publish()`,
          notExecuted: true,
        }),
      );
      return;
    }
    session.whenWritable(this);
    if (timeoutMs !== undefined) link.wheel.start(this.#timer, timeoutMs);
    for (const signal of signals) signal.addEventListener("abort", this.#onAbort);
  }

  writable(): void {
    this.#done(undefined);
  }

  expire(): void {
    this.#done(
      new NexusError({
        code: "DEADLINE_EXCEEDED",
        message: "the router took nothing in time",
        notExecuted: true,
      }),
    );
  }

  #done(error: NexusError | undefined): void {
    waiting.set(this.#session, Math.max(0, (waiting.get(this.#session) ?? 0) - 1));
    this.#link.wheel.stop(this.#timer);
    this.#session.forget(this);
    for (const signal of this.#signals) signal.removeEventListener("abort", this.#onAbort);
    if (error === undefined) this.#settle.resolve();
    else this.#settle.reject(error);
  }
}
