/** Turns the bytes of a whole link into frames, lets a mutant change them, and passes them on: an SDK or router that is broken there. */
import type { Duplex } from "../referee/duplex.ts";
import { type Frame, frame, headerBytes, preface, seal } from "../referee/wire.ts";
import type { WireMutation } from "../runner/stage.ts";

/** Frames in place of this one: none swallows it. Undefined leaves it as it is. */
export type Change = (bytes: Buffer) => readonly Buffer[] | undefined;

class Cutter {
  #held: Buffer = Buffer.alloc(0);
  #needsPreface: boolean;
  readonly #change: Change;

  constructor(change: Change, needsPreface: boolean) {
    this.#change = change;
    this.#needsPreface = needsPreface;
  }

  push(bytes: Buffer): Buffer {
    this.#held = Buffer.concat([this.#held, bytes]);
    const out: Buffer[] = [];
    if (this.#needsPreface && this.#held.length >= preface.length) {
      out.push(this.#held.subarray(0, preface.length));
      this.#held = this.#held.subarray(preface.length);
      this.#needsPreface = false;
    }
    if (this.#needsPreface) return Buffer.alloc(0);
    for (;;) {
      if (this.#held.length < headerBytes) break;
      const size = headerBytes + this.#held.readUInt32BE(0);
      if (size > 1 << 21) {
        out.push(this.#held);
        this.#held = Buffer.alloc(0);
        break;
      }
      if (this.#held.length < size) break;
      const one = Buffer.from(this.#held.subarray(0, size));
      this.#held = this.#held.subarray(size);
      out.push(...(this.#change(one) ?? [one]));
    }
    return Buffer.concat(out);
  }
}

/** `heard` changes what comes from the peer at the other end, `said` what the referee's side sends to it. */
export function mutation(changes: {
  readonly heard?: Change;
  readonly said?: Change;
}): WireMutation {
  return (duplex: Duplex): Duplex => {
    const isWs = duplex.transport === "ws";
    const heard = changes.heard && new Cutter(changes.heard, !isWs);
    const said = changes.said && new Cutter(changes.said, !isWs);
    const write = (bytes: Buffer): void => {
      const out = said === undefined ? bytes : said.push(bytes);
      if (out.length > 0) duplex.write(out);
    };
    return {
      ...duplex,
      start: (events) =>
        duplex.start({
          ...events,
          data: (bytes) => {
            const out = heard === undefined ? bytes : heard.push(bytes);
            if (out.length > 0) events.data(out);
          },
        }),
      write,
    };
  };
}

export const typeOf = (bytes: Buffer): number => bytes.readUInt8(5);

export function changed(bytes: Buffer, change: (copy: Buffer) => void): readonly Buffer[] {
  const copy = Buffer.from(bytes);
  change(copy);
  return [seal(copy)];
}

export type FrameWords = Partial<Frame> & { readonly type: number };

export const made = (words: FrameWords): readonly Buffer[] => [frame(words)];
