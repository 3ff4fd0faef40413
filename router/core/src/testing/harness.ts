/**
 * A router under a virtual clock, and peers that speak raw frames to it through channels in memory. Nothing happens but what a
 * test does: bytes arrive when they are sent, and leave when the turn ends.
 */
import {
  type Channel,
  type ChannelEvents,
  decodeHeader,
  encodeFrame,
  FrameDecoder,
  type FrameHeader,
  type FrameInit,
  FrameType,
  type Meta,
  PREFACE_BYTES,
  preface,
  readMeta,
  wire,
} from "@nexus-bridge/protocol";
import type { TopicStore } from "@nexus-bridge/router-stores";
import type { Encodings, RouterEvent, RouterLimits, SchemaJudge } from "../index.ts";
import { Router } from "../router.ts";
import type { EventMessage } from "../topics/event.ts";

export interface Received extends FrameHeader {
  readonly meta: Meta;
  readonly payload: Uint8Array;
}

/** The router's end of a channel: what it writes is kept, what it is told comes from the test. */
class TestChannel implements Channel {
  readonly remote = "test";
  readonly transport: string;
  events: ChannelEvents | undefined;
  isEnded = false;
  isDestroyed = false;
  /** While true nothing written is reported as such: the peer does not read. */
  isStalled = false;
  readonly owed: (() => void)[] = [];
  readonly #out: (bytes: Uint8Array) => void;

  constructor(transport: string, out: (bytes: Uint8Array) => void) {
    this.transport = transport;
    this.#out = out;
  }

  start(events: ChannelEvents): void {
    this.events = events;
  }

  write(bytes: Uint8Array, written?: () => void): boolean {
    this.#out(bytes);
    if (this.isStalled) {
      if (written !== undefined) this.owed.push(written);
      return false;
    }
    written?.();
    return true;
  }

  pause(): void {}
  resume(): void {}

  end(): void {
    this.isEnded = true;
  }

  destroy(cause?: Error): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    // A channel answers for every write, also for those that were lost.
    for (const written of this.owed.splice(0)) written();
    this.events?.closed(cause);
  }

  unstall(): void {
    this.isStalled = false;
    for (const written of this.owed.splice(0)) written();
  }
}

let peers = 0;

export class Peer {
  /** Tells peers apart. */
  readonly number = ++peers;
  readonly channel: TestChannel;
  /** Frames received and not taken yet. */
  readonly #inbox: Received[] = [];
  readonly #decoder: FrameDecoder;
  readonly #harness: Harness;
  #prefaceBytes: number;

  constructor(harness: Harness, transport: string) {
    this.#harness = harness;
    this.#prefaceBytes = transport === "ws" ? 0 : PREFACE_BYTES;
    this.#decoder = new FrameDecoder((bytes, view, start, end) => {
      const header = decodeHeader(view, start);
      const payloadAt = start + 32 + header.metaLength;
      const meta = readMeta(bytes, view, start + 32, payloadAt);
      if (meta.kind === "fault") throw new Error(`the router sent broken meta: ${meta.message}`);
      this.#inbox.push({ ...header, meta: meta.meta, payload: bytes.slice(payloadAt, end) });
      return undefined;
    });
    this.#decoder.allowFullFrames();
    this.channel = new TestChannel(transport, (bytes) => this.#read(bytes));
  }

  #read(bytes: Uint8Array): void {
    const skipped = Math.min(this.#prefaceBytes, bytes.length);
    this.#prefaceBytes -= skipped;
    const fault = this.#decoder.push(bytes.slice(skipped));
    if (fault !== undefined) throw new Error(`the router sent a broken frame: ${fault.message}`);
  }

  /** Sends and ends the turn. */
  send(...frames: readonly FrameInit[]): void {
    this.raw(...frames.map(encodeFrame));
  }

  /** Sends bytes as they are, as one chunk, and ends the turn. */
  raw(...pieces: readonly Uint8Array[]): void {
    this.post(...pieces);
    this.#harness.turn();
  }

  /** Sends without ending the turn. */
  post(...pieces: readonly Uint8Array[]): void {
    const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    if (!this.channel.isDestroyed) this.channel.events?.data(bytes);
  }

  /** Everything received since the last time. */
  take(): Received[] {
    return this.#inbox.splice(0);
  }

  /** Everything received since the last time that is of `type`; the rest is dropped. */
  takeOf(type: number): Received[] {
    return this.take().filter((frame) => frame.type === type);
  }

  hello(init: wire.HelloInit = { wireMin: 1, wireMax: 1 }): this {
    const hello = encodeFrame({ type: FrameType.HELLO, payload: wire.Hello.encode(init) });
    this.raw(this.channel.transport === "ws" ? new Uint8Array(0) : preface(), hello);
    return this;
  }

  register(id: number, service: string, methods: readonly wire.MethodInit[]): this {
    return this.registerAs(id, { service, methods: [...methods] });
  }

  registerAs(id: number, init: wire.RegisterInit): this {
    this.send({ type: FrameType.REGISTER, stream: id, payload: wire.Register.encode(init) });
    return this;
  }

  subscribe(id: number, pattern: string, init: wire.SubscribeInit = {}, credit = 1024): this {
    const payload = wire.Subscribe.encode({ pattern, ...init });
    this.send({ type: FrameType.SUBSCRIBE, stream: id, arg: credit, payload });
    return this;
  }

  /** Cuts the connection as a crash would. */
  kill(): void {
    this.channel.destroy();
    this.#harness.turn();
  }

  unstall(): void {
    this.channel.unstall();
    this.#harness.turn();
  }
}

export interface HarnessOptions {
  readonly limits?: Partial<RouterLimits>;
  readonly random?: () => number;
  readonly encodings?: Encodings;
  readonly schemaJudge?: SchemaJudge;
  readonly store?: TopicStore<EventMessage>;
  readonly rings?: readonly string[];
  readonly wallMicros?: () => number;
}

export class Harness {
  now = 1000;
  readonly events: RouterEvent[] = [];
  readonly router: Router;
  #flushRequested = false;

  constructor(options: HarnessOptions = {}) {
    this.router = new Router({
      now: () => this.now,
      wallMicros: options.wallMicros ?? (() => 1_700_000_000_000_000),
      random: options.random ?? (() => 0.5),
      requestFlush: () => {
        this.#flushRequested = true;
      },
      onEvent: (event) => {
        if (event.kind === "failed") throw new Error(event.message);
        this.events.push(event);
      },
      slabsMax: 16,
      ...(options.limits && { limits: options.limits }),
      ...(options.encodings && { encodings: options.encodings }),
      ...(options.schemaJudge && { schemaJudge: options.schemaJudge }),
      ...(options.store && { store: options.store }),
      ...(options.rings && { rings: options.rings }),
    });
  }

  /** A connected peer that has said nothing yet. */
  connect(transport = "memory", waitedMs = 0): Peer {
    const peer = new Peer(this, transport);
    this.router.attach(peer.channel, { waitedMs });
    return peer;
  }

  /** The router's own link, as its host has it. */
  connectInternal(): Peer {
    const peer = new Peer(this, "memory");
    this.router.attach(peer.channel, { isInternal: true });
    return peer;
  }

  /** A peer after the handshake, its WELCOME taken. */
  peer(init?: wire.HelloInit): Peer {
    const peer = this.connect().hello({ wireMin: 1, wireMax: 1, ...init });
    peer.take();
    return peer;
  }

  /** Ends the turn, and those that follow from it. */
  turn(): void {
    while (this.#flushRequested) {
      this.#flushRequested = false;
      this.router.flush();
    }
  }

  /** Lets time pass in steps as a host's timer would. */
  advance(ms: number, stepMs = 10): void {
    const until = this.now + ms;
    while (this.now < until) {
      this.now = Math.min(until, this.now + stepMs);
      this.router.tick();
      this.turn();
    }
  }
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
