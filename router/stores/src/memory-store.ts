/**
 * Topics kept in memory, within what the limits allow: what is over goes from the longest ring first, oldest first, unless
 * somebody holds it. Nothing survives the process.
 */
import { Heap } from "./heap.ts";
import { type Keeper, MemoryLog } from "./memory-log.ts";
import { SortedTopics } from "./sorted-topics.ts";
import type { Stored, TopicLog, TopicStore } from "./store.ts";

/** Read whenever one is needed: an owner may change them. */
export interface MemoryLimits {
  /** Of each topic; 0 numbers messages and keeps none. */
  readonly ringMessages: number;
  /** Of all rings together, with what topics cost. */
  readonly ringBytes: number;
  readonly ringAgeMs: number;
  readonly retainedValues: number;
  readonly retainedBytes: number;
}

export interface MemoryStoreOptions {
  /** The epoch of the first topics; none that an earlier store of the same router gave. */
  readonly epoch: number;
  readonly limits: MemoryLimits;
}

/** What a message and a topic cost beside their bytes, in memory that nobody sees. */
export const MESSAGE_OVERHEAD_BYTES = 64;
export const TOPIC_OVERHEAD_BYTES = 1024;
/** Topics that hold nothing and are forgotten before others lose messages: many at once, since each time takes an epoch. */
const IDLE_MAX = 1024;
/** Messages and topics that one `advance` lets go of. */
const RELEASED_PER_ADVANCE = 10_000;

export function createMemoryStore<M>(options: MemoryStoreOptions): TopicStore<M> {
  return new MemoryStore<M>(options);
}

class MemoryStore<M> implements TopicStore<M>, Keeper<M> {
  readonly #limits: MemoryLimits;
  readonly #logs = new Map<string, MemoryLog<M>>();
  readonly #sorted = new SortedTopics();
  /** Logs whose oldest message may go. */
  readonly #lengths = new Heap<MemoryLog<M>>();
  readonly #ages = new Heap<MemoryLog<M>>();
  /** Logs that hold nothing and are held by nobody. */
  readonly #idle = new Set<MemoryLog<M>>();
  #epoch: number;
  #opened = 0;
  #ringBytes = 0;
  #retainedBytes = 0;
  changes = 0;
  messages = 0;
  retainedCount = 0;

  constructor({ epoch, limits }: MemoryStoreOptions) {
    this.#epoch = epoch;
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#ringBytes + this.#retainedBytes;
  }

  get size(): number {
    return this.#logs.size;
  }

  open(topic: string): TopicLog<M> {
    const known = this.#logs.get(topic);
    if (known !== undefined) return known;
    const log = new MemoryLog<M>(this, topic, this.#epoch, this.#opened++);
    this.#logs.set(topic, log);
    this.#sorted.add(topic);
    this.#ringBytes += topicBytes(log);
    this.#idle.add(log);
    this.changes++;
    // A topic is begun in any case: what it costs is taken from others where that can be.
    this.#makeRoom(log, 0);
    return log;
  }

  find(topic: string): TopicLog<M> | undefined {
    return this.#logs.get(topic);
  }

  logs(): Iterable<TopicLog<M>> {
    return this.#logs.values();
  }

  *from(topic: string): Generator<TopicLog<M>> {
    for (const name of this.#sorted.from(topic)) {
      const log = this.#logs.get(name);
      if (log !== undefined) yield log;
    }
  }

  advance(now: number): void {
    const dueAt = now - this.#limits.ringAgeMs;
    for (let count = 0; count < RELEASED_PER_ADVANCE; count++) {
      const oldest = this.#ages.first;
      if (oldest === undefined || oldest.key > dueAt) break;
      this.#dropOldest(oldest.owner);
    }
    this.#forgetIdle(undefined);
  }

  append(log: MemoryLog<M>, message: M, bytes: number, now: number): number | undefined {
    if (!log.isLive) return undefined;
    const { ring } = log;
    const most = log.hasRing ? this.#limits.ringMessages : 0;
    while (ring.length > 0 && ring.length >= most) if (!this.#mayDrop(log)) return undefined;
    if (most === 0) {
      log.pins?.skip(ring.next);
      return ring.skip();
    }
    const cost = bytes + MESSAGE_OVERHEAD_BYTES;
    if (!this.#makeRoom(log, cost)) return undefined;
    const sequence = ring.next;
    // Time that went back would put the ring out of order.
    const storedAt = Math.max(now, ring.newest?.storedAt ?? now);
    ring.push({ sequence, storedAt, bytes: cost, message });
    this.messages++;
    this.#ringBytes += cost;
    this.changed(log);
    return sequence;
  }

  mayRetain(log: MemoryLog<M>, bytes: number): boolean {
    const { retainedValues, retainedBytes } = this.#limits;
    const before = log.retained;
    const count = this.retainedCount + (before === undefined ? 1 : 0);
    const sum = this.#retainedBytes - (before?.bytes ?? 0) + bytes + MESSAGE_OVERHEAD_BYTES;
    return log.isLive && count <= retainedValues && sum <= retainedBytes;
  }

  retain(log: MemoryLog<M>, value: Stored<M> | undefined): void {
    if (!log.isLive) return;
    const before = log.retained;
    if (before !== undefined) {
      this.retainedCount--;
      this.#retainedBytes -= before.bytes;
    }
    log.retained = undefined;
    if (value !== undefined) {
      const bytes = value.bytes + MESSAGE_OVERHEAD_BYTES;
      this.retainedCount++;
      this.#retainedBytes += bytes;
      log.retained = { ...value, bytes };
    }
    this.changed(log);
  }

  changed(log: MemoryLog<M>): void {
    if (!log.isLive) return;
    const { ring, pins } = log;
    const { oldest } = ring;
    if (oldest !== undefined && pins?.holds(oldest.sequence) !== true) {
      this.#lengths.set(log.byLength, -ring.bytes);
      this.#ages.set(log.byAge, oldest.storedAt);
    } else {
      this.#lengths.remove(log.byLength);
      this.#ages.remove(log.byAge);
    }
    if (oldest === undefined && log.retained === undefined && (pins?.count ?? 0) === 0)
      this.#idle.add(log);
    else this.#idle.delete(log);
  }

  /** Room for `cost` more bytes, made where it can be. */
  #makeRoom(log: MemoryLog<M>, cost: number): boolean {
    const { ringBytes } = this.#limits;
    if (cost + topicBytes(log) > ringBytes) return false;
    while (this.#ringBytes + cost > ringBytes) {
      if (this.#idle.size > IDLE_MAX) this.#forgetIdle(log);
      const longest = this.#lengths.first;
      if (longest !== undefined) this.#dropOldest(longest.owner);
      else if (!this.#forgetIdle(log)) return false;
    }
    return true;
  }

  #mayDrop(log: MemoryLog<M>): boolean {
    if (log.byLength.at < 0) return false;
    this.#dropOldest(log);
    return true;
  }

  #dropOldest(log: MemoryLog<M>): void {
    const dropped = log.ring.shift();
    if (dropped === undefined) return;
    this.messages--;
    this.#ringBytes -= dropped.bytes;
    this.changed(log);
  }

  /** Forgets logs that nobody would miss, but `except`; numbering of those begins anew under the next epoch. */
  #forgetIdle(except: MemoryLog<M> | undefined): boolean {
    let count = 0;
    let hasNumbered = false;
    for (const log of this.#idle) {
      if (log === except) continue;
      if (count === RELEASED_PER_ADVANCE) break;
      count++;
      if (log.next > 1) hasNumbered = true;
      log.isLive = false;
      this.#idle.delete(log);
      this.#logs.delete(log.topic);
      this.#sorted.delete(log.topic);
      this.#ringBytes -= topicBytes(log);
    }
    if (hasNumbered) this.#epoch = nextEpoch(this.#epoch);
    if (count > 0) this.changes++;
    return count > 0;
  }
}

const topicBytes = <M>(log: MemoryLog<M>): number => TOPIC_OVERHEAD_BYTES + 2 * log.topic.length;

/** A u32 that is never 0: that stands for no position. */
const nextEpoch = (epoch: number): number => (epoch >= 0xffffffff ? 1 : epoch + 1);
