/**
 * What one session delivered of a subscription and nobody settled yet: turns the reader's answers into as few EVACKs as their
 * order allows. After the session it only remembers, so that a late answer still counts for the next one.
 */
import {
  CLASS_CONTROL,
  EventAckKind,
  encodeEventAck,
  Flag,
  FrameType,
} from "@nexus-bridge/protocol";
import type { Session } from "../link/session.ts";
import type { LinkOptions } from "../link-options.ts";
import type { EventPosition } from "../subscription-item.ts";
import type { Places } from "./places.ts";

/** Deliveries without an answer; the oldest beyond are the router's to deliver again. */
const OPEN_MAX = 10_000;

export interface LedgerOptions {
  readonly places: Places | undefined;
  readonly send: (delivery: number, kind: EventAckKind, delayMs: number, upTo: boolean) => void;
  /** Calls `flush` once, at the end of the turn. */
  readonly schedule: (flush: () => void) => void;
}

interface Delivered {
  readonly topic: string;
  readonly position: EventPosition | undefined;
  acknowledged: boolean;
}

/** The ledger of the subscription that has the id `stream` on `session`. */
export function ledgerOn(
  session: Session,
  stream: number,
  places: Places | undefined,
  { schedule = queueMicrotask }: LinkOptions,
): Ledger {
  const send = (arg: number, kind: EventAckKind, delayMs: number, upTo: boolean): void =>
    session.control({
      type: FrameType.EVACK,
      class: CLASS_CONTROL,
      flags: upTo ? Flag.END : 0,
      stream,
      arg,
      payload: encodeEventAck({ kind, delayMs }),
    });
  return new Ledger({ places, send, schedule });
}

export class Ledger {
  readonly #options: LedgerOptions;
  /** In the order of delivery. */
  readonly #open = new Map<number, Delivered>();
  #acknowledged = 0;
  #scheduled = false;
  /** Nothing was lost between: an answer may speak for all before it. */
  #whole = true;
  #over = false;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** Deliveries that wait for an answer. */
  get size(): number {
    return this.#open.size;
  }

  add(delivery: number, topic: string, position: EventPosition | undefined): void {
    const before =
      position === undefined ? undefined : this.#options.places?.opened(topic, position, delivery);
    if (before !== undefined) this.#forget(before);
    this.#open.set(delivery, { topic, position, acknowledged: false });
    if (this.#open.size <= OPEN_MAX) return;
    const [oldest] = this.#open.keys();
    if (oldest !== undefined) this.#forget(oldest);
  }

  /** Deliveries are missing that nobody may speak for. */
  torn(): void {
    this.#whole = false;
  }

  /** Says what became of a delivery; only the first word counts, but for progress. */
  settle(delivery: number, kind: EventAckKind, delayMs: number): void {
    const delivered = this.#open.get(delivery);
    if (delivered === undefined || delivered.acknowledged) return;
    const { topic, position } = delivered;
    const done = kind === EventAckKind.ACK || kind === EventAckKind.TERM;
    if (done && position !== undefined) this.#options.places?.settled(topic, position);
    if (kind === EventAckKind.ACK && !this.#over) {
      delivered.acknowledged = true;
      this.#acknowledged += 1;
      this.#arrange();
      return;
    }
    if (!this.#over) this.#options.send(delivery, kind, delayMs, false);
    if (kind !== EventAckKind.PROGRESS) this.#open.delete(delivery);
  }

  /** Tells what was acknowledged: everything up to the first that was not in one frame. */
  flush(): void {
    if (this.#acknowledged === 0 || this.#over) return;
    this.#acknowledged = 0;
    let last = 0;
    let count = 0;
    let inFront = this.#whole;
    const { send } = this.#options;
    for (const [delivery, { acknowledged }] of this.#open) {
      if (!acknowledged) {
        inFront = false;
        continue;
      }
      this.#open.delete(delivery);
      if (!inFront) {
        if (count > 0) send(last, EventAckKind.ACK, 0, count > 1);
        count = 0;
        send(delivery, EventAckKind.ACK, 0, false);
      } else {
        last = delivery;
        count += 1;
      }
    }
    if (count > 0) send(last, EventAckKind.ACK, 0, count > 1);
  }

  /** The session is gone: whatever was not told is delivered again. */
  end(): void {
    this.#over = true;
  }

  #forget(delivery: number): void {
    if (this.#open.get(delivery)?.acknowledged === true) this.#acknowledged -= 1;
    this.#open.delete(delivery);
  }

  #arrange(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Called as a plain function: browsers refuse their own as methods of somebody else.
    const { schedule } = this.#options;
    schedule(() => {
      this.#scheduled = false;
      this.flush();
    });
  }
}
