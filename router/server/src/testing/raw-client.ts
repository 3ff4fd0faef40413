/** A client of bare frames over a real socket: it has no opinion of what it sends, and keeps what it gets. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  decodeHeader,
  encodeFrame,
  FrameDecoder,
  type FrameHeader,
  type FrameInit,
  FrameType,
  PREFACE_BYTES,
  preface,
  wire,
} from "@nexus-bridge/protocol";

export interface RawFrame extends FrameHeader {
  readonly payload: Uint8Array;
}

export class RawClient {
  readonly #socket: Socket;
  readonly #inbox: RawFrame[] = [];
  #prefaceBytes = PREFACE_BYTES;
  #wake: (() => void) | undefined;
  #answersPings = false;
  #isClosed = false;

  /** Connects and says HELLO; resolves at WELCOME. */
  static async dial(address: string, hello?: wire.HelloInit): Promise<RawClient> {
    const url = new URL(address);
    const socket =
      url.protocol === "unix:"
        ? connect(url.pathname)
        : connect(Number(url.port), url.hostname.replace(/^\[(.*)\]$/, "$1"));
    await once(socket, "connect");
    return RawClient.over(socket, hello);
  }

  /** The same over a socket that is connected already. */
  static async over(socket: Socket, hello: wire.HelloInit = {}): Promise<RawClient> {
    const client = new RawClient(socket);
    const payload = wire.Hello.encode({ wireMin: 1, wireMax: 1, ...hello });
    client.raw(preface());
    client.send({ type: FrameType.HELLO, payload });
    await client.next(FrameType.WELCOME);
    return client;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    const decoder = new FrameDecoder((bytes, view, start, end) => {
      const header = decodeHeader(view, start);
      const payload = bytes.slice(start + 32 + header.metaLength, end);
      this.#receive({ ...header, payload });
      return undefined;
    });
    decoder.allowFullFrames();
    socket.on("data", (chunk) => {
      const skipped = Math.min(this.#prefaceBytes, chunk.length);
      this.#prefaceBytes -= skipped;
      decoder.push(chunk.subarray(skipped));
      this.#wake?.();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#isClosed = true;
      this.#wake?.();
    });
  }

  #receive(frame: RawFrame): void {
    if (frame.type === FrameType.PING && this.#answersPings) {
      this.send({ type: FrameType.PONG, payload: frame.payload });
    } else this.#inbox.push(frame);
  }

  /** Answers PINGs, also those that came already. */
  answerPings(): void {
    this.#answersPings = true;
    for (const frame of this.#inbox.splice(0)) this.#receive(frame);
  }

  send(frame: FrameInit): void {
    this.raw(encodeFrame(frame));
  }

  raw(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The next frame of `type`; frames of other types stay for later. */
  async next(type: number): Promise<RawFrame> {
    for (;;) {
      const at = this.#inbox.findIndex((frame) => frame.type === type);
      const found = at < 0 ? undefined : this.#inbox.splice(at, 1)[0];
      if (found !== undefined) return found;
      if (this.#isClosed) throw new Error(`the link closed before a frame of type ${type} came`);
      const waiting = Promise.withResolvers<void>();
      this.#wake = waiting.resolve;
      await waiting.promise;
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
