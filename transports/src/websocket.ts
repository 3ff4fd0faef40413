/**
 * The server's side of WebSocket links: subprotocol `nexus.v1.bin`, binary messages of whole frames, no compression. Framing,
 * masking and the closing handshake are the `ws` package's.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import {
  type Channel,
  type ChannelEvents,
  HEADER_BYTES,
  limits,
  SUBPROTOCOL,
} from "@nexus-bridge/protocol";
import { type WebSocket, WebSocketServer } from "ws";
import { WRITE_HIGH_BYTES } from "./socket-channel.ts";

/** One message is at least one whole frame, so it may be as long as the longest. */
export const WEBSOCKET_MESSAGE_BYTES_MAX: number =
  HEADER_BYTES + limits.frameBytes + limits.metaBytes;
/** A message is kept until it is whole; a client that was not answered yet may have this much on its way and no more. */
export const UNANSWERED_BYTES_MAX: number = 2 * limits.frameBytesBeforeWelcome;
const CLOSE_NORMAL = 1000;
const CLOSE_UNSUPPORTED = 1003;

export class WebSocketChannel implements Channel {
  readonly transport = "ws";
  readonly remote: string;
  readonly #socket: WebSocket;
  #events: ChannelEvents | undefined;
  #cause: Error | undefined;
  #ending = false;
  #paused = false;
  #isAnswered = false;

  constructor(socket: WebSocket, remote: string) {
    this.#socket = socket;
    this.remote = remote;
    socket.pause();
    socket.on("error", (error) => {
      this.#cause ??= error;
    });
  }

  /** Whether anything was written: the peer got past its greeting. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  start(events: ChannelEvents): void {
    if (this.#events !== undefined) throw new Error("a channel is started once");
    this.#events = events;
    const socket = this.#socket;
    socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) events.data(data);
      else socket.close(CLOSE_UNSUPPORTED, "binary messages only");
    });
    socket.on("close", () => {
      events.ended();
      events.closed(this.#cause);
    });
    if (!this.#paused) socket.resume();
  }

  write(bytes: Uint8Array, written?: () => void): boolean {
    this.#isAnswered = true;
    const socket = this.#socket;
    if (this.#ending || socket.readyState !== socket.OPEN) {
      if (written !== undefined) queueMicrotask(written);
      return true;
    }
    socket.send(bytes, { binary: true, compress: false }, written && (() => written()));
    return socket.bufferedAmount < WRITE_HIGH_BYTES;
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
    this.#socket.close(CLOSE_NORMAL);
  }

  destroy(cause?: Error): void {
    this.#cause ??= cause;
    this.#socket.terminate();
  }
}

export interface WebSocketUpgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly remote: string;
}

/** Turns checked upgrade requests into channels. Who may upgrade is the listener's question. */
export class WebSocketAcceptor {
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: WEBSOCKET_MESSAGE_BYTES_MAX,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });

  accept(upgrade: WebSocketUpgrade, accepted: (channel: Channel) => void): void {
    this.#server.handleUpgrade(upgrade.request, upgrade.socket, upgrade.head, (socket) => {
      const channel = new WebSocketChannel(socket, upgrade.remote);
      boundUntilAnswered(upgrade.socket, channel);
      accepted(channel);
    });
  }
}

/** Ends a client that sends much before it was answered; `ws` itself knows one limit for all of a link's life. */
function boundUntilAnswered(socket: Duplex, channel: WebSocketChannel): void {
  let bytes = 0;
  const count = (chunk: Uint8Array): void => {
    bytes += chunk.length;
    if (channel.isAnswered) socket.off("data", count);
    else if (bytes > UNANSWERED_BYTES_MAX)
      channel.destroy(new Error(`${bytes} bytes came before the greeting was over`));
  };
  socket.on("data", count);
}
