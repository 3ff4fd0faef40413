/**
 * A caller that asks for `inFlight` large answers at once, grants credit for all of them, and reads them slowly:
 * `nexus-slow-caller.ts <url> <bytes a second>`. It speaks the wire itself, since an SDK would not be so greedy.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  argAt,
  CREDIT_BYTES,
  encodeFrame,
  Flag,
  FrameDecoder,
  FrameType,
  flagsAt,
  HEADER_BYTES,
  metaLengthAt,
  PREFACE_BYTES,
  preface,
  streamAt,
  typeAt,
  wire,
} from "@nexus-bridge/protocol";
import { Measure, Source } from "../gen/bench/v1/index.ts";
import { answerRuns, type RunParams, type RunResult } from "../run.ts";

const [, , url = "", bytesPerSecond = ""] = process.argv;
const TICK_MS = 10;
const METHOD = `${Source.typeName}/Pour`;
/** All that an answer may ever need, granted at once. */
const GRANTED_MESSAGES = 1_000;
const GRANTED_BYTES = 2 ** 30;

function grant(stream: number): Uint8Array {
  const payload = new Uint8Array(CREDIT_BYTES);
  const view = new DataView(payload.buffer);
  view.setBigUint64(0, BigInt(GRANTED_MESSAGES));
  view.setBigUint64(8, BigInt(GRANTED_BYTES));
  return encodeFrame({ type: FrameType.CREDIT, stream, payload });
}

class SlowCaller {
  readonly #socket: Socket;
  readonly #decoder: FrameDecoder;
  #prefaceBytes = PREFACE_BYTES;
  /** What may still be read in this tick. */
  #allowance = 0;
  readonly #welcome = Promise.withResolvers<void>();
  readonly #answers = new Map<number, number>();
  #answered = 0;
  #refused = 0;
  #bytes = 0;
  #done: (() => void) | undefined;

  constructor() {
    const { hostname, port } = new URL(url);
    this.#socket = connect(Number(port), hostname);
    this.#socket.on("error", (error) => this.#welcome.reject(error));
    this.#socket.on("close", () => {
      this.#welcome.reject(new Error("the router closed the link"));
      this.#done?.();
    });
    this.#decoder = new FrameDecoder((_bytes, view, start, end) => {
      this.#frame(view, start, end);
      return undefined;
    });
    this.#socket.on("data", (chunk) => this.#read(chunk));
  }

  async greet(): Promise<void> {
    await once(this.#socket, "connect");
    this.#socket.write(preface());
    const payload = wire.Hello.encode({ wireMin: 1, wireMax: 1 });
    this.#socket.write(encodeFrame({ type: FrameType.HELLO, payload }));
    await this.#welcome.promise;
    this.#decoder.allowFullFrames();
    setInterval(() => {
      this.#allowance = (Number(bytesPerSecond) * TICK_MS) / 1_000;
      this.#socket.resume();
    }, TICK_MS).unref();
  }

  async run({ inFlight, payloadBytes }: RunParams): Promise<RunResult> {
    const payload = Measure.encode({ bytes: payloadBytes });
    const startedAt = performance.now();
    for (let at = 0; at < inFlight; at++) {
      const stream = 1 + 2 * at;
      this.#answers.set(stream, 0);
      const meta = { name: METHOD };
      const open = { type: FrameType.OPEN, flags: Flag.END, stream, meta, payload };
      this.#socket.write(encodeFrame(open));
    }
    // Once all are open: before, the first ones would take the whole credit of the link.
    for (const stream of this.#answers.keys()) this.#socket.write(grant(stream));
    await new Promise<void>((resolve) => {
      this.#done = resolve;
    });
    return {
      count: inFlight,
      seconds: (performance.now() - startedAt) / 1_000,
      p50Us: 0,
      p99Us: 0,
      lost: inFlight - this.#answered - this.#refused,
      figures: { answered: this.#answered, refused: this.#refused, bytes: this.#bytes },
    };
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const skipped = Math.min(this.#prefaceBytes, chunk.length);
    this.#prefaceBytes -= skipped;
    this.#decoder.push(chunk.subarray(skipped));
    this.#allowance -= chunk.length;
    if (this.#allowance <= 0 && this.#answers.size > 0) this.#socket.pause();
  }

  #frame(view: DataView, start: number, end: number): void {
    const type = typeAt(view, start);
    if (type === FrameType.WELCOME) this.#welcome.resolve();
    else if (type === FrameType.PING)
      this.#socket.write(encodeFrame({ type: FrameType.PONG, payload: new Uint8Array(8) }));
    const stream = streamAt(view, start);
    const bytes = this.#answers.get(stream);
    if (bytes === undefined) return;
    if (type === FrameType.DATA) {
      const size = end - start - HEADER_BYTES - metaLengthAt(view, start);
      this.#bytes += size;
      this.#answers.set(stream, bytes + size);
      if ((flagsAt(view, start) & Flag.END) !== 0) this.#finish(stream, true);
    } else if (type === FrameType.STATUS) {
      this.#finish(stream, argAt(view, start) === 0);
    }
  }

  #finish(stream: number, isAnswer: boolean): void {
    this.#answers.delete(stream);
    if (isAnswer) this.#answered++;
    else this.#refused++;
    if (this.#answers.size === 0) this.#done?.();
  }
}

await answerRuns(async () => {
  const caller = new SlowCaller();
  await caller.greet();
  return { run: (params) => caller.run(params), stop: async () => caller.close() };
});
