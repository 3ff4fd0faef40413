/**
 * Messages of a group that is ordered by key. At most one message of a key is on its way at a time, so that the order of a key
 * holds across members and redeliveries; those behind it wait here. Which member has a key is rendezvous hashing.
 */
import { crc32, Tag } from "@nexus-bridge/protocol";
import { Fifo } from "../fifo.ts";
import type { EventMessage } from "../topics/event.ts";
import type { Delivery } from "./delivery.ts";
import type { Reader } from "./reader.ts";

/** Messages that wait for their key, of all keys of one cursor; then it reads no further. */
export const KEYED_WAITING_MAX = 1024;

export interface KeyLine {
  readonly key: string;
  readonly hash: number;
  /** The one that is sent, or will be sent again later. */
  current: Delivery | undefined;
  /** Came back from a member and goes first. */
  again: Delivery | undefined;
  readonly waiting: Fifo<Delivery>;
}

export class KeyLines {
  readonly #lines = new Map<string, KeyLine>();
  /** Messages that wait in all lines and were never sent. */
  waiting = 0;

  get size(): number {
    return this.#lines.size;
  }

  line(key: string, hash: number): KeyLine {
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = { key, hash, current: undefined, again: undefined, waiting: new Fifo() };
      this.#lines.set(key, line);
    }
    return line;
  }

  get hasRoom(): boolean {
    return this.waiting < KEYED_WAITING_MAX;
  }

  /** Lets `delivery` wait behind what is in `line`; whether it is the first to go. */
  park(line: KeyLine, delivery: Delivery): boolean {
    line.waiting.push(delivery);
    this.waiting++;
    return line.waiting.length === 1 && hasNext(line);
  }

  /** Forgets `line` if there is nothing in it. */
  drop(line: KeyLine): void {
    if (isFree(line)) this.#lines.delete(line.key);
  }

  /** Takes the delivery that goes next out of `line`, which thereby has it on its way. */
  take(line: KeyLine): Delivery | undefined {
    if (line.current !== undefined) return undefined;
    if (line.again !== undefined) {
      line.current = line.again;
      line.again = undefined;
      return line.current;
    }
    const next = line.waiting.shift();
    if (next !== undefined) this.waiting--;
    line.current = next;
    return next;
  }

  /** What was on its way is settled; false where nothing else is in line, which is forgotten then. */
  settle(line: KeyLine): boolean {
    line.current = undefined;
    if (hasNext(line)) return true;
    this.#lines.delete(line.key);
    return false;
  }

  all(): Iterable<KeyLine> {
    return this.#lines.values();
  }

  clear(): void {
    this.#lines.clear();
    this.waiting = 0;
  }
}

/** Whether something of the key could be sent now. */
export const hasNext = (line: KeyLine): boolean =>
  line.current === undefined && (line.again !== undefined || line.waiting.length > 0);

/** Whether a new message of the key need not wait for another. */
export const isFree = (line: KeyLine): boolean =>
  line.current === undefined && line.again === undefined && line.waiting.length === 0;

/** The member that has the key: the one with the highest score, so that few keys move when members come and go. */
export function ownerOf(hash: number, readers: readonly Reader[]): Reader | undefined {
  let best: Reader | undefined;
  let highest = -1;
  for (const reader of readers) {
    const score = mix(hash ^ reader.seed);
    if (score <= highest) continue;
    highest = score;
    best = reader;
  }
  return best;
}

/** Spreads all bits of `value` over all bits of the result. */
export function mix(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Where the ordering key of a message lies in its meta; undefined where it has none. */
export function findKey({ meta }: EventMessage): { start: number; end: number } | undefined {
  for (let at = 0; at < meta.length; ) {
    const short = meta[at + 1] as number;
    const isLong = short === 255;
    const start = isLong ? at + 4 : at + 2;
    const end =
      start + (isLong ? ((meta[at + 2] as number) << 8) | (meta[at + 3] as number) : short);
    if (((meta[at] as number) & 0x7f) === Tag.ORDERING_KEY) {
      return end > start ? { start, end } : undefined;
    }
    at = end;
  }
  return undefined;
}

/** The bytes of a key as a text that can be looked up, and their hash. */
export function keyIn(message: EventMessage): { text: string; hash: number } | undefined {
  const found = findKey(message);
  if (found === undefined) return undefined;
  let text = "";
  for (let at = found.start; at < found.end; at++) {
    text += String.fromCharCode(message.meta[at] as number);
  }
  return { text, hash: crc32(message.meta, found.start, found.end) };
}
