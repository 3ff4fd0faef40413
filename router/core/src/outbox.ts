/**
 * What one link is sent. While the peer keeps up, frames go straight into an output slab; when it does not, they wait in a
 * schedule by class. It counts what waits against the link's caps and never awaits the peer.
 */
import type { Channel } from "@nexus-bridge/protocol";
import type { Arena, Slab } from "./arena.ts";
import { Fifo } from "./fifo.ts";
import type { Frame } from "./frame.ts";
import type { Link } from "./link.ts";
import { Schedule, type Source } from "./source.ts";

/** Bytes that may be on their way to the peer before frames begin to wait for their turn. */
export const DIRECT_BYTES_MAX = 256 * 1024;
/** What a frame that waits costs beside its bytes: a thousand of one byte each are not a kibibyte. */
export const WAITING_BYTES = 224;

/** Frames that lie behind one another in the input and go to the same outbox: copied as one. */
export interface Run {
  outbox: Outbox | undefined;
  start: number;
  end: number;
}

/** What outboxes share: the slabs, the open run, and who flushes them at the end of the turn. */
export interface Press {
  readonly arena: Arena;
  readonly run: Run;
  readonly now: number;
  /** Bytes that wait in all outboxes. */
  queuedBytes: number;
  /** Outboxes to be flushed; each stands here once. */
  readonly dirty: Outbox[];
  requestFlush(): void;
}

/** The router's own frames for one link that must wait; they go before all others. */
class ControlLine implements Source {
  readonly priority = 0;
  waiting = false;
  readonly #outbox: Outbox;
  readonly #frames = new Fifo<Uint8Array>();

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  push(bytes: Uint8Array): void {
    this.#frames.push(bytes);
  }

  pump(): boolean {
    const bytes = this.#frames.shift();
    if (bytes === undefined) return false;
    this.#outbox.unqueue(bytes.length, 1);
    this.#outbox.put(bytes);
    return this.#frames.length > 0;
  }
}

export class Outbox {
  readonly #press: Press;
  readonly #channel: Channel;
  /** Made when something has to wait for the first time, which on most links never happens. */
  #schedule: Schedule | undefined;
  #control: ControlLine | undefined;
  #slab: Slab | undefined;
  /** Whose outbox this is. */
  owner: Link | undefined;
  #isDirty = false;
  #closed = false;
  /** Bytes in slabs, in the open run or handed to the channel, and not yet written. */
  pendingBytes = 0;
  /** Bytes handed to the channel and not yet written. */
  handedBytes = 0;
  /** When the channel last took bytes, or began to owe them. */
  progressAt = 0;
  /** What waits in the schedule, with what waiting costs. */
  queuedBytes = 0;
  /** Of it, messages and their bytes that no byte credit covers. */
  queuedMessages = 0;
  uncreditedBytes = 0;
  /** Of that, what subscriptions keep: their slow policies bound it, so that it never ends the link. */
  policedMessages = 0;
  policedBytes = 0;
  /** Topics told apart in gaps that were not said yet. */
  gapTopics = 0;
  /** Frames that were written, for statistics. */
  frames = 0;

  constructor(press: Press, channel: Channel) {
    this.#press = press;
    this.#channel = channel;
  }

  /** Whether a frame may go straight out, before nobody who waits. */
  get isDirect(): boolean {
    return !this.#isWaiting && this.pendingBytes < DIRECT_BYTES_MAX && !this.#closed;
  }

  get #isWaiting(): boolean {
    return this.#schedule !== undefined && this.#schedule.size > 0;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Sends `frame` as it lies in the input, whose bytes must stay as they are until the turn's end. */
  forward(frame: Frame): void {
    const { run } = this.#press;
    const size = frame.end - frame.start;
    if (frame.bytes !== this.#press.arena.bytes) {
      // Not in the input area: its owner may reuse the bytes before the turn ends.
      const slab = this.reserve(size);
      slab.bytes.set(frame.bytes.subarray(frame.start, frame.end), slab.end - size);
      return;
    }
    this.frames++;
    if (run.outbox === this && run.end === frame.start) {
      const slab = this.#slab as Slab;
      if (slab.end + (frame.end - run.start) <= slab.limit) {
        run.end = frame.end;
        this.pendingBytes += size;
        return;
      }
    }
    closeRun(run);
    this.#room(size);
    run.outbox = this;
    run.start = frame.start;
    run.end = frame.end;
    this.pendingBytes += size;
  }

  /** Sends a copy of `bytes`, one whole frame. */
  put(bytes: Uint8Array): void {
    const slab = this.reserve(bytes.length);
    slab.bytes.set(bytes, slab.end - bytes.length);
  }

  /** Makes room for a frame of `size` bytes, which the caller writes in front of the slab's `end`. */
  reserve(size: number): Slab {
    if (this.#press.run.outbox === this) closeRun(this.#press.run);
    const slab = this.#room(size);
    slab.end += size;
    this.pendingBytes += size;
    this.frames++;
    return slab;
  }

  /** Ends the open run of this outbox: its bytes move into the slab. */
  takeRun(run: Run): void {
    const slab = this.#slab as Slab;
    const { bytes } = this.#press.arena;
    if (slab.bytes === bytes) bytes.copyWithin(slab.end, run.start, run.end);
    else slab.bytes.set(bytes.subarray(run.start, run.end), slab.end);
    slab.end += run.end - run.start;
  }

  /** Sends one of the router's own frames, at once or before all that waits. */
  say(bytes: Uint8Array): void {
    if (this.#closed) return;
    if (this.isDirect) {
      this.put(bytes);
      return;
    }
    this.#control ??= new ControlLine(this);
    this.#control.push(bytes);
    this.queue(bytes.length, 1);
    this.await(this.#control);
  }

  /** Counts what a source keeps for this link; no messages where byte credit covers the bytes. */
  queue(bytes: number, messages: number): void {
    const heldBytes = bytes + WAITING_BYTES;
    this.queuedBytes += heldBytes;
    this.queuedMessages += messages;
    if (messages > 0) this.uncreditedBytes += bytes;
    this.#press.queuedBytes += heldBytes;
  }

  unqueue(bytes: number, messages: number): void {
    const heldBytes = bytes + WAITING_BYTES;
    this.queuedBytes -= heldBytes;
    this.queuedMessages -= messages;
    if (messages > 0) this.uncreditedBytes -= bytes;
    this.#press.queuedBytes -= heldBytes;
  }

  /** Counts an event that a subscription keeps for this link, or no longer keeps. */
  police(bytes: number, messages: 1 | -1): void {
    this.policedMessages += messages;
    this.policedBytes += messages * bytes;
  }

  /** Puts `source` in line; it is asked for a frame when its turn comes. */
  await(source: Source): void {
    if (this.#closed) return;
    this.#schedule ??= new Schedule();
    this.#schedule.add(source);
    this.#mark();
  }

  /** Writes of what waits as much as may be on its way. */
  pump(): void {
    const schedule = this.#schedule;
    if (schedule === undefined) return;
    while (schedule.size > 0 && this.pendingBytes < DIRECT_BYTES_MAX) schedule.pump();
  }

  /** Writes what may be written now, and hands the slab to the channel. */
  flush(): void {
    this.#isDirty = false;
    if (this.#closed) return;
    this.pump();
    if (this.#press.run.outbox === this) closeRun(this.#press.run);
    const slab = this.#slab;
    if (slab === undefined) return;
    this.#slab = undefined;
    this.#hand(slab);
  }

  /** The channel has written `slab`. */
  settle(slab: Slab): void {
    const size = slab.end - slab.base;
    this.pendingBytes -= size;
    this.handedBytes -= size;
    this.progressAt = this.#press.now;
    this.#press.arena.release(slab);
    if (this.#isWaiting) this.#mark();
  }

  /** Hands over what has been written so far, and forgets what waits: the channel is to be ended. */
  finish(): void {
    if (this.#closed) return;
    this.#schedule?.clear();
    this.flush();
    this.close();
  }

  /** Forgets what waits; the sources must be told by those who own them. */
  close(): void {
    if (this.#closed) return;
    if (this.#press.run.outbox === this) closeRun(this.#press.run);
    this.#closed = true;
    if (this.#slab !== undefined) this.#press.arena.release(this.#slab);
    this.#slab = undefined;
    this.#schedule?.clear();
    this.#press.queuedBytes -= this.queuedBytes;
    this.queuedBytes = 0;
    this.queuedMessages = 0;
    this.uncreditedBytes = 0;
    this.policedMessages = 0;
    this.policedBytes = 0;
  }

  #room(size: number): Slab {
    const open = this.#slab;
    if (open !== undefined) {
      if (open.end + size <= open.limit) return open;
      // A turn may read megabytes: what is full leaves at once, so that the peer has work meanwhile.
      this.#slab = undefined;
      this.#hand(open);
    }
    const slab = this.#press.arena.take(size);
    slab.owner = this;
    this.#slab = slab;
    this.#mark();
    return slab;
  }

  #mark(): void {
    if (this.#isDirty) return;
    this.#isDirty = true;
    this.#press.dirty.push(this);
    this.#press.requestFlush();
  }

  #hand(slab: Slab): void {
    if (this.handedBytes === 0) this.progressAt = this.#press.now;
    this.handedBytes += slab.end - slab.base;
    this.#channel.write(slab.bytes.subarray(slab.base, slab.end), slab.written);
  }
}

/** Moves the bytes of the open run into their outbox; nothing to do when there is none. */
export function closeRun(run: Run): void {
  const outbox = run.outbox;
  if (outbox === undefined) return;
  run.outbox = undefined;
  outbox.takeRun(run);
}
