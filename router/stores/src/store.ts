/**
 * What a router asks of the place where it keeps topics: numbered messages in a ring a topic, and one retained value. A store
 * knows no subscribers and no wire; what a message is made of is its user's.
 */

/** A message as it is kept. */
export interface Stored<M> {
  /** Its place in the topic, from 1. */
  readonly sequence: number;
  /** On the clock of the store's user, in milliseconds. */
  readonly storedAt: number;
  /** What it counts against the store's limits. */
  readonly bytes: number;
  readonly message: M;
}

/** Holds a topic's ring: nothing from `sequence` on falls off while it stands, neither for room nor for age. */
export interface Pin {
  /** Raised by its owner as messages are settled; lowering it does nothing. */
  sequence: number;
  /** Again is no fault. */
  release(): void;
}

/** One topic that has positions. */
export interface TopicLog<M> {
  readonly topic: string;
  /** Another one whenever numbering begins anew. */
  readonly epoch: number;
  /** The earliest sequence that may still be in the ring; `next` where nothing is. */
  readonly first: number;
  /** The sequence that the next message gets. */
  readonly next: number;
  /** Whether messages are kept; without a ring they are numbered alone. */
  readonly hasRing: boolean;
  readonly retained: Stored<M> | undefined;
  /** False once the store has forgotten it: it is to be opened anew, and its numbers mean nothing any more. */
  readonly isLive: boolean;
  /** From now on messages are kept. */
  startRing(): void;
  /** The number of the message; undefined where pins hold what would have to go: it has none then and is not kept. */
  append(message: M, bytes: number, now: number): number | undefined;
  /** The message of that number, as long as the ring has it. */
  at(sequence: number): Stored<M> | undefined;
  /** The first sequence stored at `time` or later; `next` where there is none. */
  since(time: number): number;
  /** Whether a value of so many bytes would be retained. */
  mayRetain(bytes: number): boolean;
  /** Makes the message of `sequence` the topic's retained value; false where the store has all it may. */
  retain(sequence: number, message: M, bytes: number, now: number): boolean;
  clearRetained(): void;
  /** A log that is pinned is not forgotten. What has fallen off already cannot be held: see the pin's `sequence`. */
  pin(sequence: number): Pin;
}

export interface TopicStore<M> {
  /** Messages and retained values kept, in bytes, with a little for each of them and for each topic. */
  readonly bytes: number;
  /** In all rings. */
  readonly messages: number;
  readonly retainedCount: number;
  /** Another one whenever a log was begun or forgotten: who remembers one by its topic looks again. */
  readonly changes: number;
  readonly size: number;
  /** The log of `topic`, begun where there is none. */
  open(topic: string): TopicLog<M>;
  find(topic: string): TopicLog<M> | undefined;
  logs(): Iterable<TopicLog<M>>;
  /** Those from `topic` on, in ascending order of their names. None may be opened or forgotten meanwhile. */
  from(topic: string): Iterable<TopicLog<M>>;
  /**
   * Lets go of what is too old, and of logs that hold nothing and are held by nobody; what is much is spread over several calls.
   * To be called about once a second.
   */
  advance(now: number): void;
}
