/**
 * One acknowledged publish as its caller waits for it: time, signals and outcome. Its place in the order and its way to the
 * router are the lane's.
 */
import type { Meta } from "@nexus-bridge/protocol";
import type { Route } from "../link/route.ts";
import { cancelledBy, errorOf, NexusError } from "../nexus-error.ts";
import type { EventPosition } from "../subscription-item.ts";
import { type Expiring, Timer, type TimerWheel } from "../timer-wheel.ts";
import type { LaneEntry } from "./lane-window.ts";

export interface PublishReceipt {
  /** Where the router keeps it. Absent for QoS 0, and where a later acknowledgement covered this one. */
  readonly position: EventPosition | undefined;
  /** An earlier attempt of this publish had arrived already; it is kept once. */
  readonly duplicate: boolean;
}

export interface Encoded {
  readonly payload: Uint8Array;
  readonly crc: number;
}

export interface PublicationInit {
  readonly route: Route;
  readonly flags: number;
  readonly meta: Meta | undefined;
  /** Of the message type; 0 where it has none. */
  readonly fingerprint: bigint;
  readonly timeoutMs: number | undefined;
  readonly signals: readonly AbortSignal[];
  /** Called once, when there is room. */
  readonly encode: () => Encoded;
}

/** Asked by a publication whose caller gives up. */
export interface Withdrawal {
  /** True where it never left and never will. */
  withdraw(publication: Publication): boolean;
}

const NO_BYTES = new Uint8Array(0);
/** The header of its frame, and what a lane's first frame says besides. */
const OVERHEAD_BYTES = 128;

export class Publication implements LaneEntry, Expiring {
  readonly init: PublicationInit;
  readonly receipt: Promise<PublishReceipt>;
  bytes = 0;
  sequence = 0;
  awaited = false;
  /** The clock's time at which nobody wants it any more; 0 for never. */
  readonly staleAt: number;
  encoded: Encoded = { payload: NO_BYTES, crc: 0 };
  readonly #wheel: TimerWheel;
  readonly #lane: Withdrawal;
  readonly #timer = new Timer(this);
  readonly #outcome = Promise.withResolvers<PublishReceipt>();
  #settled = false;
  readonly #onAbort = (): void => {
    const by = this.init.signals.find(({ aborted }) => aborted);
    if (by !== undefined) this.#giveUp(cancelledBy(by));
  };

  constructor(init: PublicationInit, wheel: TimerWheel, lane: Withdrawal) {
    this.init = init;
    this.#wheel = wheel;
    this.#lane = lane;
    this.receipt = this.#outcome.promise;
    const ttlMs = init.meta?.ttlMs;
    this.staleAt = ttlMs === undefined ? 0 : wheel.clock.now() + ttlMs;
    if (init.timeoutMs !== undefined) wheel.start(this.#timer, init.timeoutMs);
    for (const signal of init.signals) signal.addEventListener("abort", this.#onAbort);
  }

  /** Makes its bytes; throws where the event cannot be encoded. */
  encode(): void {
    const encoded = this.init.encode();
    this.encoded = encoded;
    this.bytes = encoded.payload.length + OVERHEAD_BYTES;
  }

  /** The caller no longer waits, whatever becomes of the message. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Milliseconds until nobody wants it, or undefined for ever. */
  get timeToLiveMs(): number | undefined {
    if (this.staleAt === 0) return undefined;
    return Math.max(0, Math.floor(this.staleAt - this.#wheel.clock.now()));
  }

  resolve(receipt: PublishReceipt): void {
    if (this.#settle()) this.#outcome.resolve(receipt);
  }

  reject(error: NexusError): void {
    if (this.#settle()) this.#outcome.reject(error);
  }

  expire(): void {
    const { route, timeoutMs } = this.init;
    const message = `${route.name}: no acknowledgement within ${timeoutMs} ms`;
    this.#giveUp(new NexusError({ code: "DEADLINE_EXCEEDED", message }));
  }

  #giveUp(error: NexusError): void {
    if (this.#settled) return;
    const never = this.#lane.withdraw(this);
    this.reject(never ? certain(error) : error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#wheel.stop(this.#timer);
    for (const signal of this.init.signals) signal.removeEventListener("abort", this.#onAbort);
    return true;
  }
}

/** The same error of a message that certainly never left. */
export function certain(error: NexusError): NexusError {
  const { code, message, reason, retryable, cause } = error;
  return new NexusError({
    code,
    message,
    retryable,
    cause,
    notExecuted: true,
    ...(reason !== undefined && { reason }),
  });
}

/** Its time to live ended before there was a way to the router. */
export function stale(publication: Publication): NexusError {
  const message = `${publication.init.route.name}: its ttlMs ended while it waited for the router`;
  return errorOf(4, 0, message, { notExecuted: true });
}
