/** Frames of one direction of a call that wait for their link. They keep their order and leave one a turn. */
import { Fifo } from "../fifo.ts";
import type { Outbox } from "../outbox.ts";
import type { Source } from "../source.ts";
import type { Flow } from "./call.ts";

export interface WaitingFrame {
  readonly bytes: Uint8Array;
  readonly since: number;
  /** Payload bytes that count against the link's credit while they wait. */
  readonly creditBytes: number;
}

/** Writes a frame that had to wait; it may end the call. */
export type Leave = (flow: Flow, frame: WaitingFrame) => void;

export class CallLine implements Source {
  readonly priority: number;
  waiting = false;
  readonly #flow: Flow;
  readonly #outbox: Outbox;
  readonly #leave: Leave;
  readonly #frames = new Fifo<WaitingFrame>();
  #creditBytes = 0;

  constructor(flow: Flow, outbox: Outbox, leave: Leave) {
    // Priority 0 is the router's; from an application it reads as 1.
    this.priority = Math.max(1, flow.call.class >>> 5);
    this.#flow = flow;
    this.#outbox = outbox;
    this.#leave = leave;
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  push(frame: WaitingFrame): void {
    this.#frames.push(frame);
    this.#creditBytes += frame.creditBytes;
    // What byte credit covers is bounded by it; the rest counts as messages against the outbox.
    this.#outbox.queue(frame.bytes.length, frame.creditBytes > 0 ? 0 : 1);
    this.#outbox.await(this);
  }

  /** Forgets what waits; returns the payload bytes that counted against credit. */
  discard(): number {
    const creditBytes = this.#creditBytes;
    for (let frame = this.#frames.shift(); frame !== undefined; frame = this.#frames.shift()) {
      this.#unqueue(frame);
    }
    this.#creditBytes = 0;
    return creditBytes;
  }

  pump(): boolean {
    const frame = this.#frames.shift();
    if (frame === undefined) return false;
    this.#unqueue(frame);
    this.#creditBytes -= frame.creditBytes;
    this.#leave(this.#flow, frame);
    return this.#frames.length > 0;
  }

  #unqueue(frame: WaitingFrame): void {
    if (this.#outbox.isClosed) return;
    this.#outbox.unqueue(frame.bytes.length, frame.creditBytes > 0 ? 0 : 1);
  }
}
