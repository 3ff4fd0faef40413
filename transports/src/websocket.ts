/**
 * The server's side of WebSocket links: subprotocol `nexus.v1.bin`, binary messages of whole frames, or `nexus.v1.json`, text
 * messages of one line each; no compression. Framing, masking and the closing handshake are the `ws` package's.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import {
  type Channel,
  type ChannelEvents,
  HEADER_BYTES,
  JSON_SUBPROTOCOL,
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

const LINE_END = 0x0a;

/** What lines are made of: text in one direction and in the other. */
interface Wording {
  readonly transport: string;
  readonly isBinary: boolean;
}
const FRAMES: Wording = { transport: "ws", isBinary: true };
const LINES: Wording = { transport: "json", isBinary: false };

export class WebSocketChannel implements Channel {
  readonly transport: string;
  readonly #isBinary: boolean;
  readonly remote: string;
  readonly #socket: WebSocket;
  #events: ChannelEvents | undefined;
  #cause: Error | undefined;
  #ending = false;
  #paused = false;
  #isAnswered = false;

  constructor(socket: WebSocket, remote: string, { transport, isBinary }: Wording = FRAMES) {
    this.#socket = socket;
    this.remote = remote;
    this.transport = transport;
    this.#isBinary = isBinary;
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
      if (isBinary !== this.#isBinary)
        socket.close(CLOSE_UNSUPPORTED, `${this.#isBinary ? "binary" : "text"} messages only`);
      else if (isBinary) events.data(data);
      else events.data(withLineEnd(data));
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
    if (this.#isBinary)
      socket.send(bytes, { binary: true, compress: false }, written && (() => written()));
    else this.#sendLines(bytes, written);
    return socket.bufferedAmount < WRITE_HIGH_BYTES;
  }

  /** A message for each line; the last one tells that all have left. */
  #sendLines(bytes: Uint8Array, written: (() => void) | undefined): void {
    for (let start = 0; start < bytes.length; ) {
      const found = bytes.indexOf(LINE_END, start);
      const end = found < 0 ? bytes.length : found;
      const isLast = end + 1 >= bytes.length;
      const told = isLast && written !== undefined ? () => written() : undefined;
      this.#socket.send(bytes.subarray(start, end), { binary: false, compress: false }, told);
      start = end + 1;
    }
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

/** A message is a line; what it contains of line ends is white space. */
function withLineEnd(text: Uint8Array): Uint8Array {
  const line = new Uint8Array(text.length + 1);
  line.set(text.map((byte) => (byte === LINE_END ? 0x20 : byte)));
  line[text.length] = LINE_END;
  return line;
}

export interface WebSocketUpgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly remote: string;
  /** Lines of JSON instead of frames. */
  readonly isJson: boolean;
}

/** Turns checked upgrade requests into channels. Who may upgrade is the listener's question. */
export class WebSocketAcceptor {
  readonly #frames = serverOf(SUBPROTOCOL, WEBSOCKET_MESSAGE_BYTES_MAX);
  readonly #lines = serverOf(JSON_SUBPROTOCOL, limits.jsonLineBytes);

  accept(upgrade: WebSocketUpgrade, accepted: (channel: Channel) => void): void {
    const { request, socket: raw, head, isJson } = upgrade;
    const server = isJson ? this.#lines : this.#frames;
    server.handleUpgrade(request, raw, head, (socket) => {
      const channel = new WebSocketChannel(socket, upgrade.remote, isJson ? LINES : FRAMES);
      boundUntilAnswered(raw, channel);
      accepted(channel);
    });
  }
}

const serverOf = (subprotocol: string, maxPayload: number): WebSocketServer =>
  new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });

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
