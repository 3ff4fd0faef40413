/** Records what a channel tells, and lets a test wait for it without sleeping. */
import type { Channel, ChannelEvents } from "@nexus-bridge/protocol";

export class Recorder implements ChannelEvents {
  readonly channel: Channel;
  readonly told: string[] = [];
  cause: Error | undefined;
  #skip: number;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #waiting: (() => void)[] = [];

  /** `skip`: bytes at the front that belong to the listener, not to the test. */
  constructor(channel: Channel, skip = 0) {
    this.channel = channel;
    this.#skip = skip;
    channel.start(this);
  }

  data(bytes: Uint8Array): void {
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    this.#chunks.push(bytes.slice(skipped));
    this.#size += bytes.length - skipped;
    this.#wake();
  }

  ended(): void {
    this.told.push("ended");
    this.#wake();
  }

  closed(cause?: Error): void {
    this.told.push("closed");
    this.cause = cause;
    this.#wake();
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#chunks));
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  received(size: number): Promise<void> {
    return this.until(() => this.#size >= size);
  }

  happened(what: "ended" | "closed"): Promise<void> {
    return this.until(() => this.told.includes(what));
  }

  #wake(): void {
    for (const waiting of this.#waiting.splice(0)) waiting();
  }
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
