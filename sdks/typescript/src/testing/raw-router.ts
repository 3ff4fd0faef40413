/** The other end of a link for tests: says WELCOME, then only what the test says, and keeps what it hears. */
import {
  type Channel,
  crc32,
  decodeHeader,
  encodeFrame,
  FrameDecoder,
  type FrameHeader,
  type FrameInit,
  FrameType,
  HEADER_BYTES,
  type Meta,
  PREFACE_BYTES,
  payloadStart,
  preface,
  readMeta,
  typeAt,
  wire,
} from "@nexus-bridge/protocol";
import { Link } from "../link/link.ts";
import type { LinkOptions } from "../link-options.ts";
import { memoryChannels } from "../memory/memory-channel.ts";

export interface Heard extends FrameHeader {
  readonly meta: Meta;
  readonly payload: Uint8Array;
}

export class RawRouter {
  connections = 0;
  /** The last HELLO. */
  hello: wire.Hello | undefined;
  readonly #welcome: wire.WelcomeInit;
  readonly #heard: Heard[] = [];
  #wake: (() => void) | undefined;
  #channel: Channel | undefined;

  constructor(welcome: wire.WelcomeInit = {}) {
    this.#welcome = welcome;
  }

  /** A link that is connected to this. */
  async link(options: LinkOptions = {}): Promise<Link> {
    const link = new Link(new URL("raw://router"), async () => this.#accept(), options);
    await link.connected;
    return link;
  }

  /** Frames that nobody took yet. */
  get waiting(): number {
    return this.#heard.length;
  }

  /** The next `count` frames, in the order they came. */
  async take(count: number): Promise<Heard[]> {
    while (this.#heard.length < count)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    return this.#heard.splice(0, count);
  }

  send(frame: FrameInit): void {
    this.write(encodeFrame(frame));
  }

  write(bytes: Uint8Array): void {
    this.#channel?.write(bytes);
  }

  /** Breaks the connection. */
  cut(): void {
    this.#channel?.destroy(new Error("cut"));
  }

  /** Sends on the connection of this moment, also after there is a newer one. */
  connection(): (frame: FrameInit) => void {
    const channel = this.#channel;
    return (frame) => void channel?.write(encodeFrame(frame));
  }

  crcOf(bytes: Uint8Array): number {
    return crc32(bytes);
  }

  #accept(): Channel {
    const [near, far] = memoryChannels("raw");
    this.connections += 1;
    this.#channel = far;
    let skip = PREFACE_BYTES;
    const decoder = new FrameDecoder((bytes, view, start, end) => {
      if (typeAt(view, start) === FrameType.HELLO) {
        decoder.allowFullFrames();
        this.hello = wire.Hello.decode(bytes.slice(payloadStart(view, start), end));
        far.write(preface());
        const payload = wire.Welcome.encode({ wire: 1, ...this.#welcome });
        far.write(encodeFrame({ type: FrameType.WELCOME, payload }));
      } else this.#hear(bytes, view, start, end);
      return undefined;
    });
    far.start({
      data(bytes) {
        const rest = bytes.subarray(Math.min(skip, bytes.length));
        skip -= bytes.length - rest.length;
        decoder.push(rest);
      },
      ended: () => {},
      closed: () => {},
    });
    return near;
  }

  #hear(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const from = payloadStart(view, start);
    const meta = readMeta(bytes, view, start + HEADER_BYTES, from);
    if (meta.kind === "fault") throw new Error(meta.message);
    const payload = bytes.slice(from, end);
    this.#heard.push({ ...decodeHeader(view, start), meta: meta.meta, payload });
    this.#wake?.();
  }
}
