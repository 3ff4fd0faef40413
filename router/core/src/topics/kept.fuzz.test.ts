/**
 * Publishers on lanes and off them, and subscribers of every kind, who do right and wrong things at random under a seed, with
 * stores and memories far too small for them. Nothing throws, nothing goes above its limit, and when all are gone nothing is
 * left: no pin, no cursor, no timer.
 */
import {
  encodeCredit,
  encodeEventAck,
  encodeFrame,
  encodeReplay,
  Flag,
  type FrameInit,
  FrameType,
  frameClass,
  wire,
} from "@nexus-bridge/protocol";
import { expect, test } from "vitest";
import { Harness, type Peer } from "../testing/harness.ts";
import { onLane } from "../testing/lane-peer.ts";

const RUNS = 60;
const STEPS = 250;
const PEERS_MAX = 5;
const TOPICS = ["a", "a.b", "a.c", "x.y", "x.z"];
const PATTERNS = ["a", "a.*", "a.>", ">", "*.y", "$dead.>"];
/** A frame and what it costs beside its payload. */
const SLACK_BYTES = 10_000;

const limits = {
  ringMessages: 20,
  ringBytes: 40_000,
  ringAgeMs: 3000,
  retainedValues: 3,
  retainedBytes: 5000,
  lanesRemembered: 3,
  lanePositions: 64,
  outboxBytesPerLink: 50_000,
  outboxMessagesPerLink: 50,
  consumersRemembered: 3,
  streamsPerLink: 30,
};

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

class Actor {
  readonly peer: Peer;
  readonly #random: () => number;
  #next = 1;
  #lane = 0;
  #sequence = 1;
  readonly #subscriptions: number[] = [];
  readonly #delivered: { stream: number; arg: number }[] = [];
  events = 0;

  constructor(peer: Peer, random: () => number) {
    this.peer = peer;
    this.#random = random;
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[this.#below(items.length)];
  }

  #take(): number {
    const id = this.#next;
    this.#next += 2;
    return id;
  }

  read(): void {
    for (const { type, stream, arg } of this.peer.take()) {
      if (type !== FrameType.EVENT) continue;
      this.events++;
      this.#delivered.push({ stream, arg });
    }
  }

  act(): void {
    const bytes = encodeFrame(this.#frame());
    if (this.#random() < 0.003) bytes[this.#below(bytes.length)] = this.#below(256);
    this.peer.raw(bytes);
  }

  #frame(): FrameInit {
    const roll = this.#random();
    if (roll < 0.35) return this.#publishOnLane();
    if (roll < 0.5) return this.#publish();
    if (roll < 0.6) return this.#subscribe();
    if (roll < 0.85) return this.#acknowledge();
    const stream = this.#pick(this.#subscriptions) ?? 1;
    if (roll < 0.92) {
      const payload = encodeCredit({ messages: this.#below(300), bytes: 0 });
      return { type: FrameType.CREDIT, stream, payload };
    }
    if (roll < 0.96) return { type: FrameType.UNSUBSCRIBE, stream };
    const from = this.#below(30);
    const payload = encodeReplay({ epoch: this.#below(2), from, to: from + 20, most: 0 });
    return { type: FrameType.REPLAY, stream, payload, meta: { name: this.#pick(TOPICS) ?? "a" } };
  }

  #payload(): string {
    return this.#random() < 0.05 ? "" : "x".repeat(this.#below(this.#random() < 0.1 ? 6000 : 100));
  }

  #publishOnLane(): FrameInit {
    const isNew = this.#lane === 0 || this.#random() < 0.05;
    if (isNew) this.#lane = this.#take();
    const ahead = this.#random() < 0.1 ? this.#below(4) - 2 : 0;
    const sequence = Math.max(1, this.#sequence + ahead);
    this.#sequence = sequence + 1;
    const isLast = this.#random() < 0.03;
    const frame = onLane({
      sequence,
      stream: this.#lane,
      topic: this.#pick(TOPICS) ?? "a",
      payload: this.#payload(),
      ...((isNew || this.#random() < 0.1) && { producer: { id: this.#below(6) } }),
      more: { flags: this.#flags() | (isLast ? Flag.END : 0), ...this.#meta() },
    });
    if (isLast) this.#lane = 0;
    return frame;
  }

  #flags(): number {
    return this.#random() < 0.15 ? Flag.RETAIN : 0;
  }

  #meta(): Pick<FrameInit, "meta"> {
    if (this.#random() < 0.7) return {};
    const orderingKey = Uint8Array.of(this.#below(4));
    return { meta: this.#random() < 0.5 ? { orderingKey } : { ttlMs: this.#below(500) } };
  }

  #publish(): FrameInit {
    const { payload } = onLane({ sequence: 1, payload: this.#payload() });
    const { meta } = this.#meta();
    const name = this.#pick(TOPICS) ?? "a";
    const body = payload === undefined ? {} : { payload };
    return {
      type: FrameType.PUBLISH,
      flags: this.#flags(),
      ...body,
      meta: { name, ...meta },
    };
  }

  #subscribe(): FrameInit {
    const stream = this.#take();
    this.#subscriptions.push(stream);
    const isNamed = this.#random() < 0.3;
    const payload = wire.Subscribe.encode({
      pattern: this.#pick(PATTERNS) ?? "a",
      qos: this.#below(3),
      group: !isNamed && this.#random() < 0.3 ? "g" : "",
      consumer: isNamed ? `c${this.#below(5)}` : "",
      ordering: this.#below(2),
      slow: this.#below(6),
      retained: this.#below(3),
      attributes: this.#random() < 0.3,
      ackWaitMs: this.#below(400),
      maxUnacked: this.#below(10),
      expiryMs: 1 + this.#below(2000),
      start: { kind: this.#pick([0, 0, 1, 3]) ?? 0, ageMs: BigInt(this.#below(1000)) },
      replayLimit: this.#below(3) * 5,
    });
    const arg = this.#below(60);
    return { type: FrameType.SUBSCRIBE, stream, arg, class: frameClass(this.#below(8)), payload };
  }

  #acknowledge(): FrameInit {
    const at = this.#below(this.#delivered.length);
    const delivery = this.#delivered[at];
    if (delivery === undefined) return this.#subscribe();
    if (this.#random() < 0.8) this.#delivered.splice(at, 1);
    const kind = this.#pick([0, 0, 0, 1, 1, 2, 3] as const) ?? 0;
    const payload = encodeEventAck({ kind, delayMs: kind === 1 ? this.#below(200) : 0 });
    const flags = this.#random() < 0.1 ? Flag.END : 0;
    return { type: FrameType.EVACK, ...delivery, flags, payload };
  }
}

class Campaign {
  readonly harness: Harness;
  readonly #random: () => number;
  #actors: Actor[] = [];
  events = 0;

  constructor(seed: number) {
    this.#random = seeded(seed);
    this.harness = new Harness({ limits, random: this.#random });
  }

  step(): void {
    const roll = this.#random();
    const actor = this.#actors[Math.floor(this.#random() * this.#actors.length)];
    if (actor === undefined || (roll < 0.03 && this.#actors.length < PEERS_MAX)) {
      this.#actors.push(new Actor(this.harness.peer(), this.#random));
    } else if (roll < 0.04) actor.peer.kill();
    else if (roll < 0.06) actor.peer.channel.isStalled = true;
    else if (roll < 0.1) actor.peer.unstall();
    else if (roll < 0.15) this.harness.advance(Math.floor(this.#random() * 400), 40);
    else actor.act();
    this.#check();
  }

  #check(): void {
    for (const actor of this.#actors) {
      const before = actor.events;
      actor.read();
      this.events += actor.events - before;
    }
    this.#actors = this.#actors.filter(
      ({ peer }) => !peer.channel.isEnded && !peer.channel.isDestroyed,
    );
    const { stats } = this.harness.router;
    expect(stats.keptBytes).toBeLessThanOrEqual(
      limits.ringBytes + limits.retainedBytes + SLACK_BYTES,
    );
    expect(stats.retainedValues).toBeLessThanOrEqual(limits.retainedValues);
    const lanes = PEERS_MAX * limits.streamsPerLink;
    expect(stats.producers).toBeLessThanOrEqual(limits.lanesRemembered + lanes);
    const queuedMax = PEERS_MAX * (limits.outboxBytesPerLink + SLACK_BYTES) * 2;
    expect(stats.queuedBytes).toBeLessThanOrEqual(queuedMax);
  }

  /** All leave; then what only they held goes with time, and values go when they are cleared. */
  settle(): void {
    for (const { peer } of this.#actors) peer.kill();
    this.harness.advance(10_000, 100);
    const last = this.harness.peer();
    for (const name of TOPICS) {
      last.send({ type: FrameType.PUBLISH, flags: Flag.RETAIN, meta: { name } });
    }
    last.kill();
    this.harness.advance(10_000, 100);
  }
}

test(`keeps every promise under ${RUNS} seeds`, () => {
  const sums = { events: 0, stored: 0, duplicates: 0, redelivered: 0, deadLettered: 0 };
  for (let seed = 1; seed <= RUNS; seed++) {
    const campaign = new Campaign(seed);
    try {
      for (let step = 0; step < STEPS; step++) campaign.step();
      campaign.settle();
    } catch (error) {
      throw new Error(`under seed ${seed}`, { cause: error });
    }
    const { stats } = campaign.harness.router;
    expect({ seed, ...stats }).toMatchObject({
      seed,
      links: 0,
      subscriptions: 0,
      sharedCursors: 0,
      keptTopics: 0,
      keptMessages: 0,
      keptBytes: 0,
      retainedValues: 0,
      queuedBytes: 0,
      slabBytes: 0,
    });
    expect(stats.producers).toBeLessThanOrEqual(limits.lanesRemembered);
    sums.events += campaign.events;
    sums.stored += stats.stored;
    sums.duplicates += stats.duplicates;
    sums.redelivered += stats.redelivered;
    sums.deadLettered += stats.deadLettered;
  }
  // That it tested anything.
  expect(sums.events).toBeGreaterThan(RUNS * 50);
  for (const sum of Object.values(sums)) expect(sum).toBeGreaterThan(RUNS / 4);
});
