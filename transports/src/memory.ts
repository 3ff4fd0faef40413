/** Two channels in one process that are each other's peer: for tests and for programs that hold both ends. */
import type { Channel, ChannelEvents } from "@nexus-bridge/protocol";

const WRITE_HIGH_BYTES = 64 * 1024;

interface Pending {
  readonly bytes: Uint8Array;
  readonly written: (() => void) | undefined;
}

class MemoryChannel implements Channel {
  readonly transport = "memory";
  readonly remote: string;
  peer: MemoryChannel | undefined;
  #events: ChannelEvents | undefined;
  /** What the peer has written and this end has not delivered. */
  readonly #inbox: Pending[] = [];
  #inboxBytes = 0;
  #paused = false;
  #arranged = false;
  #ending = false;
  #peerEnded = false;
  #endTold = false;
  #closed = false;
  #cause: Error | undefined;

  constructor(remote: string) {
    this.remote = remote;
  }

  start(events: ChannelEvents): void {
    if (this.#events !== undefined) throw new Error("a channel is started once");
    this.#events = events;
    this.#arrange();
  }

  write(bytes: Uint8Array, written?: () => void): boolean {
    const peer = this.peer;
    if (this.#ending || this.#closed || peer === undefined || peer.#closed) {
      if (written !== undefined) queueMicrotask(written);
      return true;
    }
    peer.#inbox.push({ bytes, written });
    peer.#inboxBytes += bytes.length;
    peer.#arrange();
    return peer.#inboxBytes < WRITE_HIGH_BYTES;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#arrange();
  }

  end(): void {
    if (this.#ending || this.#closed) return;
    this.#ending = true;
    const peer = this.peer;
    if (peer === undefined) return;
    peer.#peerEnded = true;
    peer.#arrange();
    this.#arrange();
  }

  destroy(cause?: Error): void {
    if (this.#closed) return;
    this.#shut(cause);
    if (this.peer !== undefined) this.peer.#shut(undefined);
  }

  #shut(cause: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cause = cause;
    for (const { written } of this.#inbox.splice(0)) if (written) queueMicrotask(written);
    this.#inboxBytes = 0;
    this.#arrange();
  }

  /** Delivers in a task of its own, so that a write never calls back into its writer. */
  #arrange(): void {
    if (this.#arranged) return;
    this.#arranged = true;
    queueMicrotask(() => {
      this.#arranged = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const events = this.#events;
    if (events === undefined) return;
    while (!this.#paused && !this.#closed) {
      const next = this.#inbox.shift();
      if (next === undefined) break;
      this.#inboxBytes -= next.bytes.length;
      events.data(next.bytes);
      next.written?.();
    }
    const peer = this.peer;
    if (this.#peerEnded && !this.#endTold && !this.#closed && this.#inbox.length === 0) {
      this.#endTold = true;
      events.ended();
      if (peer !== undefined) peer.#arrange();
    }
    const bothEnded = this.#ending && this.#endTold && (peer === undefined || peer.#endTold);
    if (!this.#closed && !bothEnded) return;
    this.#closed = true;
    if (events === SILENT) return;
    this.#events = SILENT;
    events.closed(this.#cause);
  }
}

const SILENT: ChannelEvents = { data() {}, ended() {}, closed() {} };

/** A connected pair. What one end writes the other one reads, later in the same turn. */
export function memoryPair(): readonly [Channel, Channel] {
  const left = new MemoryChannel("memory:right");
  const right = new MemoryChannel("memory:left");
  left.peer = right;
  right.peer = left;
  return [left, right];
}
