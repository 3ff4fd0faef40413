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
  /** A message that had waited cannot be read; whoever reads is told. */
  unreadable(error: NexusError): void;
}

/** What a receiver does with a message: decodes it, and refuses it by throwing. */
export type Read = (bytes: Uint8Array, from: number, to: number) => unknown;

interface Held {
  readonly value: unknown;
  /** Of a message that is compressed still: it takes its full size only when it is read. */
  readonly packed: Uint8Array | undefined;
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
  #session: Session;
  #reassembly: Reassembly;
  /** Bounded by the credit that was given: 32 messages. */
  readonly #queue: Held[] = [];
  readonly #waiters: Waiter[] = [];
  #ended = false;
  #error: NexusError | undefined;

  constructor(session: Session, id: number, read: Read, owner: IncomingOwner) {
    this.#read = read;
    this.#owner = owner;
    this.#session = session;
    this.#reassembly = new Reassembly(session, id, true);
  }

  /** Goes on with another stream; nothing has come of the one before. */
  reopen(session: Session, id: number): void {
    this.#session = session;
    this.#reassembly = new Reassembly(session, id, true);
  }

  /** Takes an OPEN or DATA frame in; an error is the owner's to end the stream with. */
  accept(bytes: Uint8Array, view: DataView, start: number, end: number): NexusError | undefined {
    const outcome = this.#reassembly.accept(bytes, view, start, end);
    if (outcome === Assembly.FAULT) return this.#reassembly.error;
    if (outcome !== Assembly.MESSAGE || this.#ended) return undefined;
    const { packed, held } = this.#reassembly;
    try {
      if (!packed) this.#push(this.#reassembly.read(this.#read), held);
      else if (this.#waiters.length === 0)
        this.#queue.push({ value: undefined, packed: this.#reassembly.read(sliced), bytes: held });
      else this.#push(this.#reassembly.read(this.#unpack), held);
    } catch (error) {
      return asNexusError(error);
    }
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
      return this.#opened(held);
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

  #opened({ value, packed, bytes }: Held): Promise<IteratorResult<unknown, undefined>> {
    this.#reassembly.consumed(bytes);
    if (packed === undefined) return Promise.resolve({ done: false, value });
    try {
      return Promise.resolve({ done: false, value: this.#unpack(packed, 0, packed.length) });
    } catch (cause) {
      const error = asNexusError(cause);
      this.#queue.length = 0;
      this.#error = undefined;
      this.finish();
      this.#owner.unreadable(error);
      return Promise.reject(error);
    }
  }

  /** Reads a compressed message; throws a `NexusError`. */
  readonly #unpack: Read = (bytes, from, to) => {
    const unpacked = this.#session.compression?.unpacked(bytes, from, to);
    if (unpacked instanceof Uint8Array) return this.#read(unpacked, 0, unpacked.length);
    throw errorOf(unpacked?.code ?? 13, unpacked?.reason ?? 0, unpacked?.message ?? "");
  };

  #push(value: unknown, bytes: number): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) {
      this.#queue.push({ value, packed: undefined, bytes });
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

const sliced = (bytes: Uint8Array, from: number, to: number): Uint8Array => bytes.slice(from, to);

const asNexusError = (error: unknown): NexusError =>
  error instanceof NexusError ? error : errorOf(13, 0, "a message cannot be read");
