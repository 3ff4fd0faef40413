/**
 * A Node stream socket as a channel; TCP and Unix sockets differ in nothing else than how they are reached. It neither frames
 * nor buffers what it reads.
 */
import type { Socket } from "node:net";
import type { Channel, ChannelEvents } from "@nexus-bridge/protocol";

/** Above this much unsent data the peer counts as slow. */
export const WRITE_HIGH_BYTES = 64 * 1024;

export interface SocketNames {
  readonly transport: string;
  readonly remote: string;
}

/** Where bytes read go before anybody called `start`: nowhere, the socket is paused until then. */
export class SocketChannel implements Channel {
  readonly transport: string;
  readonly remote: string;
  readonly #socket: Socket;
  #events: ChannelEvents | undefined;
  #cause: Error | undefined;
  #ending = false;
  #paused = false;

  constructor(socket: Socket, names: SocketNames) {
    this.#socket = socket;
    this.transport = names.transport;
    this.remote = names.remote;
    socket.setNoDelay(true);
    socket.pause();
    // Without a listener an early error would end the process.
    socket.on("error", (error) => {
      this.#cause ??= error;
    });
  }

  start(events: ChannelEvents): void {
    if (this.#events !== undefined) throw new Error("a channel is started once");
    this.#events = events;
    const socket = this.#socket;
    socket.on("end", () => events.ended());
    socket.on("close", () => this.#close());
    if (socket.closed) queueMicrotask(() => this.#close());
    else {
      socket.on("data", this.received);
      if (this.#paused) socket.pause();
      else socket.resume();
    }
  }

  /** Bytes from the socket; a dialled one calls it straight from its read buffer. */
  readonly received = (bytes: Uint8Array): void => this.#events?.data(bytes);

  write(bytes: Uint8Array, written?: () => void): boolean {
    const socket = this.#socket;
    if (this.#ending || socket.destroyed) {
      if (written !== undefined) queueMicrotask(written);
      return true;
    }
    socket.write(bytes, written);
    // Not what `write` returned: it says false for any large write, also for one the kernel took at once.
    return socket.writableLength < WRITE_HIGH_BYTES;
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#events !== undefined) this.#socket.resume();
  }

  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#socket.end();
  }

  destroy(cause?: Error): void {
    this.#cause ??= cause;
    this.#socket.destroy();
  }

  #close(): void {
    const events = this.#events;
    if (events === undefined || events === CLOSED) return;
    this.#events = CLOSED;
    events.closed(this.#cause);
  }
}

const CLOSED: ChannelEvents = { data() {}, ended() {}, closed() {} };
