/**
 * The messages of one direction of one stream on their way out: spends credit, cuts fragments, waits where the credit or the
 * channel has no room. One message at a time; who sends waits until it is gone.
 */
import type { Writer } from "@nexus-bridge/codec/gen1";
import {
  crc32,
  Flag,
  Fragmenter,
  FrameType,
  limits,
  type Meta,
  SendCredit,
} from "@nexus-bridge/protocol";
import { ZLIB } from "../link/compression.ts";
import type { Blocked, Session } from "../link/session.ts";

/** What the first frame carries where it is an OPEN. */
export interface Opening {
  readonly route: number;
  readonly deadline: number;
  readonly meta: Meta | undefined;
}

export class Outgoing implements Blocked {
  readonly #session: Session;
  readonly #id: number;
  readonly #class: number;
  readonly #credit: SendCredit;
  #opening: Opening | undefined;
  /** Of the message in hand. */
  #codec = 0;
  #index = 0;
  #current: Fragmenter | undefined;
  #endAfter = false;
  #stopped = false;
  #waiting: ((gone: boolean) => void) | undefined;

  constructor(
    session: Session,
    id: number,
    frameClass: number,
    opening?: Opening,
    credit = new SendCredit(),
  ) {
    this.#session = session;
    this.#id = id;
    this.#class = frameClass;
    this.#opening = opening;
    this.#credit = credit;
  }

  /** The peer has heard of the stream. */
  get opened(): boolean {
    return this.#opening === undefined;
  }

  /** Nothing more leaves: the stream ended. */
  stop(): void {
    this.#stopped = true;
    this.#current = undefined;
    this.#session.forget(this);
    this.#wake(false);
  }

  /** The last message left compressed. */
  get packed(): boolean {
    return this.#codec !== 0;
  }

  /**
   * Sends the message in `writer`, compressed where that is agreed on and `plain` is not said. True when it is gone; else
   * {@link gone} says when.
   */
  send(writer: Writer, end: boolean, plain = false): boolean {
    const size = writer.position;
    const packed = plain ? undefined : this.#session.compression?.packed(writer.bytes, size);
    if (packed !== undefined) return this.put(packed, packed.length, ZLIB, end);
    return this.put(writer.bytes, size, 0, end);
  }

  /** Sends the first `size` bytes as a message; what must wait is copied, unless a codec made it. */
  put(bytes: Uint8Array, size: number, codec: number, end: boolean): boolean {
    this.#codec = codec;
    const opening = this.#opening;
    const free = !this.#session.writer.blocked && size <= limits.fragmentBytes;
    if (free && this.#credit.spend(opening === undefined ? 1 : 0, size)) {
      this.#frame(opening, end ? Flag.END : 0, bytes, 0, size, crc32(bytes, 0, size));
      this.#index = (this.#index + 1) >>> 0;
      return true;
    }
    this.#current = new Fragmenter(codec === 0 ? bytes.slice(0, size) : bytes);
    this.#endAfter = end;
    this.#pump();
    return this.#current === undefined;
  }

  /** Resolves once the message in hand is gone: false where the stream ended before. */
  gone(): Promise<boolean> {
    if (this.#stopped) return Promise.resolve(false);
    if (this.#current === undefined) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** A half-close without a message. */
  end(): void {
    if (!this.#stopped)
      this.#session.bare(FrameType.DATA, Flag.END, this.#class, this.#id, this.#index);
  }

  raise(messages: number, bytes: number): void {
    if (this.#credit.raise(messages, bytes)) this.#pump();
  }

  writable(): void {
    this.#pump();
  }

  #pump(): void {
    const current = this.#current;
    if (current === undefined || this.#stopped) return;
    while (!current.complete) {
      if (this.#session.writer.blocked) {
        this.#session.whenWritable(this);
        return;
      }
      const messages = current.begun || this.#opening !== undefined ? 0 : 1;
      if (this.#credit.messages < messages || !current.next(this.#credit.bytes)) return;
      this.#credit.spend(messages, current.end - current.start);
      const last = this.#endAfter ? Flag.END : 0;
      const flags = current.complete ? last : Flag.MORE;
      this.#frame(this.#opening, flags, current.bytes, current.start, current.end, current.crc);
    }
    this.#index = (this.#index + 1) >>> 0;
    this.#current = undefined;
    this.#wake(true);
  }

  #frame(
    opening: Opening | undefined,
    flags: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    crc: number,
  ): void {
    const type = opening === undefined ? FrameType.DATA : FrameType.OPEN;
    const route = opening?.route ?? 0;
    const arg = opening?.deadline ?? this.#index;
    this.#opening = undefined;
    const meta = opening?.meta;
    const frameClass = this.#class | this.#codec;
    this.#session.write(type, flags, frameClass, this.#id, route, arg, meta, bytes, from, to, crc);
  }

  #wake(gone: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(gone);
  }
}
