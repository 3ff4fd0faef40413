/** Peers that ask for much and read nothing: subscribers, callers, and callers in league with their provider. */
import { type Frame, flag, frame, name, text, type, uint } from "../../referee/wire.ts";
import { credit, Enemy } from "./enemy.ts";

const SERVICE = "enemy.Source";
const SERVER_STREAM = 3;

/** A QoS 0 subscriber that never reads, while the other link publishes as fast as it can. */
async function subscriber(port: number) {
  const deaf = await Enemy.welcomed(port);
  await deaf.send(
    frame({ type: type.subscribe, stream: 1, arg: 1_000_000, payload: text(1, "enemy.>") }),
  );
  await deaf.heard(type.subscribed);
  deaf.goDeaf();
  const loud = await Enemy.welcomed(port);
  const payload = Buffer.alloc(64 * 1024, 1);
  const published = 2_000;
  for (let at = 0; at < published; at++) {
    await loud.send(frame({ type: type.publish, meta: name(`enemy.${at % 8}`), payload }));
  }
  await loud.settled();
  return { sentBytes: published * payload.length };
}

/** A provider that says what it is told to whoever calls it, as far as it has credit, and counts what it said. */
class Source {
  readonly #server: Enemy;
  readonly #payload: Buffer;
  readonly #streams = new Map<number, { messages: number; bytes: number; index: number }>();
  sentBytes = 0;

  constructor(server: Enemy, payloadBytes: number) {
    this.#server = server;
    this.#payload = Buffer.alloc(payloadBytes, 7);
    server.onFrame = (heard) => this.#hear(heard);
  }

  static async start(port: number, payloadBytes: number): Promise<Source> {
    const server = await Enemy.welcomed(port);
    const method = Buffer.concat([text(1, "Pour"), uint(2, SERVER_STREAM)]);
    const methods = Buffer.concat([Buffer.from([(3 << 3) | 2, method.length]), method]);
    const payload = Buffer.concat([text(1, SERVICE), methods]);
    await server.send(frame({ type: type.register, stream: 1, payload }));
    await server.heard(type.registered);
    return new Source(server, payloadBytes);
  }

  #hear(heard: Frame): void {
    if (heard.type === type.open) {
      this.#streams.set(heard.stream, { messages: 32, bytes: 65_536, index: 0 });
    } else if (heard.type === type.credit) {
      const stream = this.#streams.get(heard.stream);
      if (stream === undefined) return;
      stream.messages = Number(heard.payload.readBigUInt64BE(0));
      stream.bytes = Number(heard.payload.readBigUInt64BE(8));
    } else if (heard.type === type.cancel) {
      this.#streams.delete(heard.stream);
    }
  }

  get streams(): number {
    return this.#streams.size;
  }

  /** One message on every stream that has credit for it; whether there was any. */
  async pour(burst: number): Promise<boolean> {
    let poured = false;
    for (const [id, stream] of this.#streams) {
      const frames: Buffer[] = [];
      for (let count = 0; count < burst; count++) {
        const sent = (stream.index + 1) * this.#payload.length;
        if (stream.index >= stream.messages || sent > stream.bytes) break;
        frames.push(
          frame({
            type: type.data,
            stream: id,
            arg: stream.index,
            flags: flag.pcrc,
            payload: this.#payload,
          }),
        );
        stream.index++;
      }
      if (frames.length === 0) continue;
      poured = true;
      this.sentBytes += frames.length * this.#payload.length;
      await this.#server.send(...frames);
    }
    return poured;
  }

  settled(): Promise<void> {
    return this.#server.settled();
  }
}

/** A caller that grants without end and reads nothing of what it asked for. */
async function deafCalls(port: number, calls: number, payloadBytes: number, burst: number) {
  const source = await Source.start(port, payloadBytes);
  const caller = await Enemy.welcomed(port);
  caller.goDeaf();
  for (let at = 0; at < calls; at++) {
    const stream = 1 + 2 * at;
    await caller.send(
      frame({
        type: type.open,
        stream,
        flags: flag.end | flag.pcrc,
        meta: name(`${SERVICE}/Pour`),
        payload: Buffer.from("x"),
      }),
      credit(stream, 2 ** 40, 2 ** 40),
    );
  }
  // Half of what the router says lies in the kernel: until it has ended the caller, or there is no credit.
  let rounds = 0;
  do {
    await source.settled();
    rounds++;
  } while ((await source.pour(burst)) && rounds < 4_000);
  return { sentBytes: source.sentBytes, streams: source.streams };
}

export const readers = {
  subscriber,
  caller: (port: number) => deafCalls(port, 64, 32 * 1024, 4),
  "tiny-messages": (port: number) => deafCalls(port, 16, 1, 4_000),
};
