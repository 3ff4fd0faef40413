/**
 * The order of one lane: which message leaves next, which wait for an answer, and what each answer settles. Bookkeeping alone:
 * it sends nothing, keeps no time and calls nobody.
 */
import { limits } from "@nexus-bridge/protocol";

export interface LaneEntry {
  /** What it takes of the window. */
  readonly bytes: number;
  /** 0 until it leaves for the first time; then its own for ever, however often it is sent again. */
  sequence: number;
  /** It has left in this pass and nothing was said of it yet. */
  awaited: boolean;
}

/** What became of an answer that asks for a message again. */
export type Again = "waits" | "behind" | "settled";

export class LaneWindow<E extends LaneEntry> {
  /** Ascending by sequence; those that never left come last. */
  readonly #entries: E[] = [];
  /** The first that has not left in this pass. */
  #sendAt = 0;
  #nextSequence: number;
  #bytes = 0;
  #awaited = 0;
  #awaitedBytes = 0;
  #rewinding = false;
  /** The sequence that this pass began with; 0 before it has. */
  #passBegan = 0;

  constructor(firstSequence = 1) {
    this.#nextSequence = firstSequence;
  }

  /** Messages that are not settled. */
  get size(): number {
    return this.#entries.length;
  }

  /** What all of them take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Messages that left and were not answered. */
  get awaited(): number {
    return this.#awaited;
  }

  /** An answer asked for messages again; nothing leaves until {@link rewind}. */
  get rewinding(): boolean {
    return this.#rewinding;
  }

  /** Whether one more may be added. The last may go beyond the bytes; what is on its way never does. */
  get hasRoom(): boolean {
    return this.#entries.length < limits.laneWindowMessages && this.#bytes < limits.laneWindowBytes;
  }

  /** The next to leave; undefined where everything has. */
  get next(): E | undefined {
    return this.#entries[this.#sendAt];
  }

  add(entry: E): void {
    this.#entries.push(entry);
    this.#bytes += entry.bytes;
  }

  /** Takes back what has no sequence yet; false where it is too late, or it is not here. */
  withdraw(entry: E): boolean {
    const at = entry.sequence === 0 ? this.#entries.lastIndexOf(entry) : -1;
    if (at >= 0) this.#remove(at);
    return at >= 0;
  }

  /** The next to send, with its sequence; undefined where nothing may leave now. */
  take(): E | undefined {
    const entry = this.#entries[this.#sendAt];
    if (entry === undefined || this.#rewinding) return undefined;
    const full = this.#awaitedBytes + entry.bytes > limits.laneWindowBytes;
    if (full && this.#awaited > 0) return undefined;
    this.#sendAt += 1;
    if (entry.sequence === 0) {
      entry.sequence = this.#nextSequence;
      this.#nextSequence += 1;
    }
    if (this.#passBegan === 0) this.#passBegan = entry.sequence;
    entry.awaited = true;
    this.#awaited += 1;
    this.#awaitedBytes += entry.bytes;
    return entry;
  }

  /** The sequence that an answer's 32 bits mean; undefined where no such message has left. */
  sequenceOf(arg: number): number | undefined {
    const first = this.#entries[0]?.sequence ?? 0;
    const reference = first === 0 ? this.#nextSequence : first;
    const sequence = reference + ((arg - reference) | 0);
    return sequence < 1 || sequence >= this.#nextSequence ? undefined : sequence;
  }

  /** Everything up to `sequence` that was not answered otherwise is held: it is settled, and returned in order. */
  held(sequence: number): E[] {
    let count = 0;
    for (const entry of this.#entries) {
      if (!entry.awaited || entry.sequence > sequence) break;
      this.#answered(entry);
      count += 1;
    }
    const held = this.#entries.splice(0, count);
    this.#sendAt -= count;
    for (const entry of held) this.#bytes -= entry.bytes;
    return held;
  }

  /** An answer for exactly `sequence` that ends it; undefined where it was settled or not asked about. */
  end(sequence: number): E | undefined {
    const at = this.#find(sequence);
    const entry = this.#entries[at];
    if (entry === undefined || !entry.awaited) return undefined;
    this.#answered(entry);
    this.#remove(at);
    return entry;
  }

  /**
   * An answer for exactly `sequence` that asks for it again: it waits for {@link rewind}. "behind" where it is `outOfOrder`
   * although nothing of this pass went before it: the router misses what nobody has any more.
   */
  again(sequence: number, outOfOrder: boolean): Again {
    const entry = this.#entries[this.#find(sequence)];
    if (entry === undefined || !entry.awaited) return "settled";
    this.#answered(entry);
    this.#rewinding = true;
    return outOfOrder && sequence === this.#passBegan ? "behind" : "waits";
  }

  /** Begins a new pass from the lowest that is not settled; nothing may be awaited. */
  rewind(): void {
    this.#rewinding = false;
    this.#sendAt = 0;
    this.#passBegan = 0;
  }

  /** The link is gone: what was awaited is unknown, and leaves again. */
  lost(): void {
    for (const entry of this.#entries) if (entry.awaited) this.#answered(entry);
    this.rewind();
  }

  /** Takes everything out, in order. */
  clear(): E[] {
    const all = this.#entries.splice(0);
    for (const entry of all) entry.awaited = false;
    this.#bytes = 0;
    this.#awaited = 0;
    this.#awaitedBytes = 0;
    this.rewind();
    return all;
  }

  #answered(entry: E): void {
    entry.awaited = false;
    this.#awaited -= 1;
    this.#awaitedBytes -= entry.bytes;
  }

  #remove(at: number): void {
    const [entry] = this.#entries.splice(at, 1);
    if (entry !== undefined) this.#bytes -= entry.bytes;
    if (at < this.#sendAt) this.#sendAt -= 1;
  }

  /** Where `sequence` stands, by halving; -1 where it does not. */
  #find(sequence: number): number {
    let low = 0;
    let high = this.#entries.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const there = (this.#entries[middle] as E).sequence;
      if (there === sequence) return middle;
      // Those that never left have no sequence, and stand behind all that have one.
      if (there !== 0 && there < sequence) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}
