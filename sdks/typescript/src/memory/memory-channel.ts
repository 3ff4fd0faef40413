/** Two ends of a pipe inside one program. Bytes arrive in a later microtask, so that writing never re-enters the writer. */
import type { Channel, ChannelEvents } from "@nexus-bridge/protocol";

export function memoryChannels(name: string): readonly [Channel, Channel] {
  const near = new MemoryChannel(name);
  const far = new MemoryChannel(name);
  near.peer = far;
  far.peer = near;
  return [near, far];
}

class MemoryChannel implements Channel {
  readonly transport = "memory";
  readonly remote: string;
  peer: MemoryChannel | undefined;
  #events: ChannelEvents | undefined;
  #arriving: Uint8Array[] = [];
  #scheduled = false;
  #paused = false;
  #closing: { readonly cause: Error | undefined } | undefined;

  constructor(remote: string) {
    this.remote = remote;
  }

  start(events: ChannelEvents): void {
    this.#events = events;
    this.#schedule();
  }

  write(bytes: Uint8Array, written?: () => void): boolean {
    this.peer?.arrive(bytes.slice());
    written?.();
    return true;
  }

  arrive(bytes: Uint8Array): void {
    if (this.#closing !== undefined) return;
    this.#arriving.push(bytes);
    this.#schedule();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  end(): void {
    this.#close(undefined);
  }

  destroy(cause?: Error): void {
    this.#arriving = [];
    this.#close(cause);
  }

  #close(cause: Error | undefined): void {
    const { peer } = this;
    this.peer = undefined;
    peer?.leave(cause);
    this.leave(cause);
  }

  leave(cause: Error | undefined): void {
    this.#closing ??= { cause };
    this.peer = undefined;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#events === undefined) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    for (
      let bytes = this.#next();
      bytes !== undefined && this.#events !== undefined;
      bytes = this.#next()
    )
      this.#events.data(bytes);
    if (this.#closing === undefined || this.#arriving.length > 0) return;
    const events = this.#events;
    this.#events = undefined;
    events?.closed(this.#closing.cause);
  }

  #next(): Uint8Array | undefined {
    return this.#paused ? undefined : this.#arriving.shift();
  }
}
