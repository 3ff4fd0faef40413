/**
 * Sits between an SDK and a real router and hears both. Unless a fault is set it passes every byte on as it came; faults are
 * those that networks have.
 */
import { connect } from "node:net";
import { type Duplex, socketDuplex } from "./duplex.ts";
import { StrictWatch } from "./strict.ts";
import type { Heard, Transcript } from "./transcript.ts";
import { type Frame, headerBytes, preface, takeFrames } from "./wire.ts";

export type Direction = "up" | "down";

export interface Fault {
  readonly kind: "delay" | "throttle" | "split" | "coalesce" | "blackhole" | "corrupt" | "none";
  /** delay, coalesce: how long bytes are held. */
  readonly ms?: number;
  /** split, throttle: how many bytes go at once. */
  readonly bytes?: number;
  /** corrupt: the type of the frame whose bit is turned; `offset` counts from its beginning, negative from its end. */
  readonly type?: number;
  readonly offset?: number;
}

const COALESCE_MS = 5;
const THROTTLE_TICK_MS = 1;

/** One direction: bytes in, bytes out, frames heard. */
class Pipe {
  readonly frames: Frame[] = [];
  readonly strict: StrictWatch;
  readonly #write: (bytes: Buffer) => void;
  readonly #hear: (frame: Frame) => void;
  #heard: Buffer = Buffer.alloc(0);
  #needsPreface: boolean;
  #fault: Fault = { kind: "none" };
  #held: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;
  #deaf = false;

  constructor(
    sender: "client" | "router",
    hasPreface: boolean,
    write: (bytes: Buffer) => void,
    hear: (frame: Frame) => void,
  ) {
    this.strict = new StrictWatch(sender);
    this.#needsPreface = hasPreface;
    this.#write = write;
    this.#hear = hear;
  }

  set(fault: Fault): void {
    this.#fault = fault;
    if (fault.kind === "none") this.#flush();
  }

  push(bytes: Buffer): void {
    const out = this.#listen(Buffer.from(bytes));
    const { kind, bytes: size = 1, ms = COALESCE_MS } = this.#fault;
    if (kind === "blackhole") return;
    if (kind === "split") for (const piece of pieces(out, size)) this.#write(piece);
    else if (kind === "delay" || kind === "coalesce") this.#hold(out, ms);
    else if (kind === "throttle") this.#trickle(out, size);
    else this.#write(out);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#held = [];
  }

  #hold(bytes: Buffer, ms: number): void {
    this.#held.push(bytes);
    this.#timer ??= setTimeout(() => this.#flush(), ms);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const held = Buffer.concat(this.#held.splice(0));
    if (held.length > 0) this.#write(held);
  }

  #trickle(bytes: Buffer, size: number): void {
    this.#held.push(bytes);
    const tick = (): void => {
      const held = Buffer.concat(this.#held.splice(0));
      this.#timer = undefined;
      if (held.length === 0) return;
      this.#write(held.subarray(0, size));
      if (held.length > size) this.#held.push(held.subarray(size));
      this.#timer = setTimeout(tick, THROTTLE_TICK_MS);
    };
    this.#timer ??= setTimeout(tick, THROTTLE_TICK_MS);
  }

  /** Hears the frames in `bytes`; corrupts the one that the fault names, once. */
  #listen(bytes: Buffer): Buffer {
    if (this.#deaf) return bytes;
    const before = this.#heard.length;
    this.#heard = Buffer.concat([this.#heard, bytes]);
    let skipped = 0;
    if (this.#needsPreface && this.#heard.length >= preface.length) {
      skipped = preface.length;
      this.#heard = this.#heard.subarray(skipped);
      this.#needsPreface = false;
    }
    if (this.#needsPreface) return bytes;
    try {
      let start = skipped - before;
      const { frames, rest } = takeFrames(this.#heard);
      for (const frame of frames) {
        const meta = frame.meta.length === 0 ? 0 : frame.meta.length + 4;
        const size = headerBytes + meta + frame.payload.length;
        this.#corrupt(bytes, frame, start, size);
        start += size;
        this.strict.see(frame);
        this.frames.push(frame);
        this.#hear(frame);
      }
      this.#heard = rest;
    } catch {
      this.#deaf = true;
      this.strict.faults.push("bytes that are no frames");
    }
    return bytes;
  }

  #corrupt(bytes: Buffer, frame: Frame, start: number, size: number): void {
    const { kind, type, offset = -1 } = this.#fault;
    if (kind !== "corrupt" || (type !== undefined && type !== frame.type)) return;
    const at = start + (offset < 0 ? size + offset : offset);
    if (at < 0 || at >= bytes.length) return;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    this.#fault = { kind: "none" };
  }
}

function* pieces(bytes: Buffer, size: number): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export class Tap {
  readonly up: Pipe;
  readonly down: Pipe;
  readonly #sdk: Duplex;
  readonly #router: Duplex;

  constructor(sdk: Duplex, routerPort: number, label: string, transcript: Transcript) {
    const upstream = connect({ port: routerPort, host: "127.0.0.1" });
    const router = socketDuplex(upstream, "tcp");
    const isWs = sdk.transport === "ws";
    const hear = (from: Heard["from"]) => (frame: Frame) => transcript.add(label, from, frame);
    this.up = new Pipe("client", !isWs, (bytes) => router.write(bytes), hear("sdk"));
    let toStrip = isWs ? preface.length : 0;
    this.down = new Pipe("router", !isWs, (bytes) => sdk.write(bytes), hear("router"));
    this.#sdk = sdk;
    this.#router = router;
    if (isWs) router.write(preface);
    sdk.start({
      data: (bytes) => this.up.push(bytes),
      closed: () => router.end(),
    });
    router.start({
      data: (bytes) => {
        const rest = bytes.subarray(toStrip);
        toStrip -= Math.min(toStrip, bytes.length);
        if (rest.length > 0) this.down.push(rest);
      },
      closed: () => sdk.end(),
    });
  }

  pipe(direction: Direction): Pipe {
    return direction === "up" ? this.up : this.down;
  }

  /** Ends the side of the SDK as a network would that lost its state. */
  reset(): void {
    this.#sdk.reset();
    this.#router.reset();
  }

  halfClose(): void {
    this.#sdk.end();
  }

  close(): void {
    this.up.stop();
    this.down.stop();
    this.#sdk.reset();
    this.#router.reset();
  }
}
