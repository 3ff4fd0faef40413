/** The host's own WebSocket as a channel: browsers, edge runtimes, Deno, Bun and Node have it. Each message is whole frames. */
import { type Channel, type ChannelEvents, type Dial, SUBPROTOCOL } from "@nexus-bridge/protocol";

/** Above this the peer is slow; the writer waits until the host has sent it. */
const BUFFERED_BYTES_MAX = 1 << 20;
const POLL_MS = 10;

export const dialWebSocket: Dial = (url, { signal }) =>
  new Promise((resolve, reject) => {
    if (typeof WebSocket === "undefined") {
      reject(new Error(`this host has no WebSocket, which ${url.href} needs`));
      return;
    }
    const socket = new WebSocket(url, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    const abandon = (): void => {
      socket.close();
      reject(new Error(`connecting to ${url.href} was given up`));
    };
    signal.addEventListener("abort", abandon, { once: true });
    socket.onerror = () => reject(new Error(`cannot connect to ${url.href}`));
    socket.onclose = () => reject(new Error(`${url.href} closed the WebSocket`));
    socket.onopen = () => {
      signal.removeEventListener("abort", abandon);
      if (socket.protocol === SUBPROTOCOL) resolve(new WebSocketChannel(socket, url.href));
      else {
        socket.close();
        reject(new Error(`${url.href} does not speak ${SUBPROTOCOL}`));
      }
    };
  });

class WebSocketChannel implements Channel {
  readonly transport = "ws";
  readonly remote: string;
  readonly #socket: WebSocket;
  #events: ChannelEvents | undefined;
  #cause: Error | undefined;
  /** Called once the host has sent what is buffered. */
  readonly #written: (() => void)[] = [];
  #poll: ReturnType<typeof setTimeout> | undefined;

  constructor(socket: WebSocket, remote: string) {
    this.#socket = socket;
    this.remote = remote;
  }

  start(events: ChannelEvents): void {
    this.#events = events;
    const socket = this.#socket;
    socket.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) events.data(new Uint8Array(data));
      else this.destroy(new Error("a text message on a binary WebSocket"));
    };
    socket.onerror = () => {
      this.#cause ??= new Error("the WebSocket failed");
    };
    socket.onclose = () => this.#closed();
    if (socket.readyState > WebSocket.OPEN) queueMicrotask(() => this.#closed());
  }

  /** The host copies the bytes at once, so they are the writer's again when it returns. */
  write(bytes: Uint8Array, written?: () => void): boolean {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(bytes.slice());
    if (this.#socket.bufferedAmount <= BUFFERED_BYTES_MAX) {
      written?.();
      return true;
    }
    if (written !== undefined) this.#written.push(written);
    this.#watch();
    return false;
  }

  /** A WebSocket has no way to stop its peer; credit does. */
  pause(): void {}

  resume(): void {}

  end(): void {
    this.#socket.close(1000);
  }

  destroy(cause?: Error): void {
    this.#cause ??= cause;
    this.#socket.close();
  }

  #watch(): void {
    this.#poll ??= setTimeout(() => {
      this.#poll = undefined;
      if (this.#socket.bufferedAmount > BUFFERED_BYTES_MAX / 2) this.#watch();
      else for (const written of this.#written.splice(0)) written();
    }, POLL_MS);
  }

  #closed(): void {
    clearTimeout(this.#poll);
    const events = this.#events;
    this.#events = undefined;
    for (const written of this.#written.splice(0)) written();
    events?.closed(this.#cause);
  }
}
