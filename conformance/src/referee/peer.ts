/** A peer that says exactly the bytes it is told to, and keeps what it hears. */
import { connect, type Socket } from "node:net";
import { type Frame, frame, hello, preface, takeFrames, type } from "./wire.ts";

const answerTimeoutMs = 5_000;

export class Peer {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #hasPreface = false;
  #isEnded = false;
  #wake: () => void = () => {};
  readonly frames: Frame[] = [];

  constructor(port: number) {
    this.#socket = connect({ port, host: "127.0.0.1" });
    this.#socket.on("data", (chunk) => this.#receive(chunk));
    this.#socket.on("close", () => {
      this.#isEnded = true;
      this.#wake();
    });
    this.#socket.on("error", () => {});
  }

  /** Connects and shakes hands. */
  static async welcomed(port: number): Promise<Peer> {
    const peer = new Peer(port);
    peer.send(preface, hello);
    await peer.next(type.welcome);
    return peer;
  }

  #receive(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (!this.#hasPreface && this.#bytes.length >= preface.length) {
      if (!this.#bytes.subarray(0, preface.length).equals(preface)) throw new Error("no preface");
      this.#bytes = this.#bytes.subarray(preface.length);
      this.#hasPreface = true;
    }
    if (this.#hasPreface) {
      const { frames, rest } = takeFrames(this.#bytes);
      this.frames.push(...frames);
      this.#bytes = rest;
    }
    this.#wake();
  }

  send(...bytes: readonly Buffer[]): void {
    this.#socket.write(Buffer.concat(bytes));
  }

  /** The next frame of `wanted`, those before it are dropped; rejects when the link ends or stays silent. */
  async next(wanted: number): Promise<Frame> {
    const until = Date.now() + answerTimeoutMs;
    for (;;) {
      for (let frame = this.frames.shift(); frame !== undefined; frame = this.frames.shift()) {
        if (frame.type === wanted) return frame;
        if (frame.type === type.error) throw new Error(`ERROR 0x${frame.arg.toString(16)}`);
      }
      if (this.#isEnded) throw new Error("the link ended");
      if (!(await this.#changed(until)))
        throw new Error(`no frame of type 0x${wanted.toString(16)}`);
    }
  }

  /** What the router said last of all before it closed the link: the code of its ERROR, or nothing. */
  async ended(): Promise<number | "closed without a word"> {
    const until = Date.now() + answerTimeoutMs;
    while (!this.#isEnded) {
      if (!(await this.#changed(until))) throw new Error("the link is still open");
    }
    return (
      this.frames.findLast((frame) => frame.type === type.error)?.arg ?? "closed without a word"
    );
  }

  /** Whether the link still answers. */
  async isAlive(): Promise<boolean> {
    this.send(frame({ type: type.ping, payload: Buffer.alloc(8, 7), flags: 0 }));
    const pong = await this.next(type.pong);
    return pong.payload.equals(Buffer.alloc(8, 7));
  }

  close(): void {
    this.#socket.destroy();
  }

  #changed(until: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), Math.max(0, until - Date.now()));
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}
