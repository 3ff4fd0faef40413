/**
 * A stream of messages as the application reads it: pulled, in order, an error after the messages before it. Taking a message
 * gives the sender credit for another; leaving the loop tells the owner.
 */
import { Assembly } from "@nexus-bridge/protocol";
import type { Session } from "../link/session.ts";
import { errorOf, NexusError } from "../nexus-error.ts";
import { Reassembly } from "./reassembly.ts";

export interface IncomingOwner {
  /** The application stopped reading before the end. */
  left(): void;
}

/** What a receiver does with a message: decodes it, and refuses it by throwing. */
export type Read = (bytes: Uint8Array, from: number, to: number) => unknown;

interface Held {
  readonly value: unknown;
  readonly bytes: number;
}

interface Waiter {
  readonly resolve: (result: IteratorResult<unknown, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

const DONE: IteratorResult<never, undefined> = { done: true, value: undefined };

export class Incoming implements AsyncIterableIterator<unknown, undefined> {
  readonly #read: Read;
  readonly #owner: IncomingOwner;
  #reassembly: Reassembly;
  /** Bounded by the credit that was given: 32 messages. */
  readonly #queue: Held[] = [];
  readonly #waiters: Waiter[] = [];
  #ended = false;
  #error: NexusError | undefined;

  constructor(session: Session, id: number, read: Read, owner: IncomingOwner) {
    this.#read = read;
    this.#owner = owner;
    this.#reassembly = new Reassembly(session, id);
  }

  /** Goes on with another stream; nothing has come of the one before. */
  reopen(session: Session, id: number): void {
    this.#reassembly = new Reassembly(session, id);
  }

  /** Takes an OPEN or DATA frame in; an error is the owner's to end the stream with. */
  accept(bytes: Uint8Array, view: DataView, start: number, end: number): NexusError | undefined {
    const outcome = this.#reassembly.accept(bytes, view, start, end);
    if (outcome === Assembly.FAULT) return this.#reassembly.error;
    if (outcome !== Assembly.MESSAGE || this.#ended) return undefined;
    let value: unknown;
    try {
      value = this.#reassembly.read(this.#read);
    } catch (error) {
      return error instanceof NexusError ? error : errorOf(13, 0, "a message cannot be read");
    }
    this.#push(value, this.#reassembly.held);
    return undefined;
  }

  /** No more messages come; what came before is still read. */
  finish(error?: NexusError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#reassembly.complete = true;
    if (this.#queue.length > 0) return;
    for (const waiter of this.#waiters.splice(0)) this.#settle(waiter);
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    const held = this.#queue.shift();
    if (held !== undefined) {
      this.#reassembly.consumed(held.bytes);
      return Promise.resolve({ done: false, value: held.value });
    }
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      if (this.#ended) this.#settle(waiter);
      else this.#waiters.push(waiter);
    });
  }

  return(): Promise<IteratorResult<unknown, undefined>> {
    this.#queue.length = 0;
    const open = !this.#ended;
    this.#error = undefined;
    this.finish();
    if (open) this.#owner.left();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #push(value: unknown, bytes: number): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) {
      this.#queue.push({ value, bytes });
      return;
    }
    this.#reassembly.consumed(bytes);
    waiter.resolve({ done: false, value });
  }

  /** The error is told once; after it the stream is simply at its end. */
  #settle(waiter: Waiter): void {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) waiter.resolve(DONE);
    else waiter.reject(error);
  }
}
