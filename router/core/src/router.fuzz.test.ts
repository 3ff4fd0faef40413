/**
 * Whole sessions of several peers that do right and wrong things at random under a seed. Whatever they do, the router neither
 * throws nor keeps more than its limits allow, and every call has one end.
 */
import {
  Code,
  encodeCredit,
  encodeFrame,
  Flag,
  type FrameInit,
  FrameType,
  frameClass,
  wire,
} from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { bind, Method, methods, SERVICE } from "./testing/demo.ts";
import { Harness, type Peer, type Received } from "./testing/harness.ts";

const RUNS = 60;
const STEPS = 400;
const limits = {
  outboxBytesPerLink: 200_000,
  outboxMessagesPerLink: 100,
  creditBytesPerLink: 1_000_000,
  callsInFlightPerProvider: 20,
  streamsPerLink: 60,
  earlyEndBurst: 1000,
};
const PEERS_MAX = 6;
const FRAME_BYTES_MAX = 70_000;

type Random = () => number;

/** mulberry32 */
function seeded(seed: number): Random {
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
  readonly #random: Random;
  #next = 1;
  /** Calls the router has opened here. */
  readonly #served: number[] = [];
  /** Ends seen of each call of this peer; a call it cancelled itself is no longer here. */
  readonly ends = new Map<number, number>();
  readonly #attached: number[] = [];
  #isAliased = false;
  #isBroken = false;
  #index = 0;

  constructor(peer: Peer, random: Random) {
    this.peer = peer;
    this.#random = random;
  }

  get isGone(): boolean {
    return this.peer.channel.isEnded || this.peer.channel.isDestroyed;
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.#random() * items.length)];
  }

  #payload(): Uint8Array {
    const size = this.#random() < 0.1 ? 60_000 : Math.floor(this.#random() * 200);
    return new Uint8Array(size).fill(7);
  }

  read(): void {
    if (this.#isBroken) this.ends.clear();
    for (const frame of this.peer.take()) this.#read(frame);
  }

  #read({ type, stream, flags }: Received): void {
    if (type === FrameType.OPEN) this.#served.push(stream);
    const isMine = (stream & 1) === 1;
    const isEnd =
      type === FrameType.STATUS ||
      type === FrameType.CANCEL ||
      (type === FrameType.DATA && (flags & Flag.END) !== 0);
    const ends = this.ends.get(stream);
    if (isMine && isEnd && ends !== undefined) this.ends.set(stream, ends + 1);
  }

  act(): void {
    if (this.#random() < 0.005) this.#misbehave();
    else this.peer.send(this.#frame());
  }

  #misbehave(): void {
    const bytes = encodeFrame(this.#frame());
    // A cut frame swallows what follows: nobody can say what comes of calls after it.
    this.#isBroken = true;
    const at = Math.floor(this.#random() * bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(this.#random() * 8));
    this.peer.raw(this.#random() < 0.5 ? bytes : bytes.subarray(0, at));
  }

  #take(): number {
    const id = this.#next;
    this.#next += 2;
    return id;
  }

  #frame(): FrameInit {
    const roll = this.#random();
    if (roll < 0.25) return this.#open();
    if (roll < 0.5) return this.#serve();
    if (roll < 0.6) return this.#feed();
    if (roll < 0.75) return this.#publish();
    if (roll < 0.83) return this.#attach();
    if (roll < 0.88) return this.#detach();
    if (roll < 0.94) return this.#credit();
    if (roll < 0.97) return { type: FrameType.PING, payload: new Uint8Array(8) };
    return this.#strange();
  }

  #open(): FrameInit {
    const id = this.#take();
    this.ends.set(id, 0);
    const method = this.#pick(Object.values(Method)) ?? Method.SAY;
    const isSingle = method === Method.SAY || method === Method.WATCH;
    const flags = isSingle || this.#random() < 0.3 ? Flag.END : 0;
    const arg = this.#random() < 0.5 ? Math.floor(this.#random() * 2000) : 0;
    const base = { type: FrameType.OPEN, stream: id, arg, flags, payload: this.#payload() };
    return { ...base, class: frameClass(Math.floor(this.#random() * 8)), meta: { name: method } };
  }

  #serve(): FrameInit {
    const stream = this.#pick(this.#served);
    if (stream === undefined) return this.#attach();
    const roll = this.#random();
    if (roll < 0.2) return { type: FrameType.HEADERS, stream };
    if (roll < 0.3) return { type: FrameType.STATUS, stream, flags: Flag.END, arg: Code.INTERNAL };
    if (roll < 0.35) return { type: FrameType.CANCEL, stream, arg: Code.ABORTED };
    const flags = roll < 0.7 ? Flag.END : roll < 0.8 ? Flag.MORE : 0;
    return { type: FrameType.DATA, stream, flags, arg: this.#index++, payload: this.#payload() };
  }

  #feed(): FrameInit {
    const stream = this.#pick([...this.ends.keys()]);
    if (stream === undefined) return this.#open();
    if (this.#random() < 0.3) {
      // Its end may come all the same, if it is on its way.
      this.ends.delete(stream);
      return { type: FrameType.CANCEL, stream, arg: Code.CANCELLED };
    }
    const flags = this.#random() < 0.3 ? Flag.END : 0;
    return { type: FrameType.DATA, stream, flags, arg: this.#index++, payload: this.#payload() };
  }

  #publish(): FrameInit {
    const topic = this.#pick(["a", "a.b", "a.b.c", "x.y"]) ?? "a";
    if (!this.#isAliased) {
      this.#isAliased = true;
      return bind(1, topic);
    }
    const route = this.#random() < 0.5 ? 1 : 0;
    const payload = this.#payload();
    const ttl = this.#random() < 0.2 ? { ttlMs: Math.floor(this.#random() * 500) } : {};
    if (route === 1) return { type: FrameType.PUBLISH, route, payload, meta: ttl };
    return { type: FrameType.PUBLISH, payload, meta: { name: topic, ...ttl } };
  }

  #attach(): FrameInit {
    const stream = this.#take();
    this.#attached.push(stream);
    if (this.#random() < 0.4) {
      const payload = wire.Register.encode({ service: SERVICE, methods });
      return { type: FrameType.REGISTER, stream, payload };
    }
    const payload = wire.Subscribe.encode({
      pattern: this.#pick(["a", "a.*", "a.>", ">", "*.y"]) ?? "a",
      group: this.#random() < 0.3 ? "g" : "",
      slow: Math.floor(this.#random() * 5),
      attributes: this.#random() < 0.3,
    });
    return {
      type: FrameType.SUBSCRIBE,
      stream,
      arg: Math.floor(this.#random() * 50),
      class: frameClass(Math.floor(this.#random() * 8)),
      payload,
    };
  }

  #detach(): FrameInit {
    const stream = this.#pick(this.#attached);
    if (stream === undefined) return this.#attach();
    const type = this.#random() < 0.5 ? FrameType.UNSUBSCRIBE : FrameType.UNREGISTER;
    return { type, stream };
  }

  #credit(): FrameInit {
    const stream = this.#pick([...this.#served, ...this.ends.keys(), ...this.#attached]) ?? 1;
    const messages = Math.floor(this.#random() * 500);
    const payload = encodeCredit({ messages, bytes: Math.floor(this.#random() * 300_000) });
    return { type: FrameType.CREDIT, stream, payload };
  }

  #strange(): FrameInit {
    const types = Object.values(FrameType);
    const type = this.#pick(types) ?? FrameType.PING;
    const stream = type <= FrameType.CLOSE ? 0 : Math.floor(this.#random() * this.#next);
    return { type, stream, arg: Math.floor(this.#random() * 9), payload: this.#payload() };
  }
}

class Campaign {
  readonly harness: Harness;
  readonly #random: Random;
  actors: Actor[] = [];
  answered = 0;

  constructor(seed: number) {
    this.#random = seeded(seed);
    this.harness = new Harness({ limits, random: this.#random });
  }

  step(): void {
    const roll = this.#random();
    const actor = this.actors[Math.floor(this.#random() * this.actors.length)];
    if (actor === undefined || (roll < 0.02 && this.actors.length < PEERS_MAX)) {
      this.actors.push(new Actor(this.harness.peer(), this.#random));
    } else if (roll < 0.025) actor.peer.kill();
    else if (roll < 0.05) actor.peer.channel.isStalled = true;
    else if (roll < 0.09) actor.peer.unstall();
    else if (roll < 0.12) this.harness.advance(Math.floor(this.#random() * 300));
    else actor.act();
    this.check();
  }

  check(): void {
    for (const actor of this.actors) {
      actor.read();
      for (const ends of actor.ends.values()) expect(ends).toBeLessThanOrEqual(1);
    }
    this.actors = this.actors.filter((actor) => !actor.isGone);
    const { queuedBytes } = this.harness.router.stats;
    const linkMax = limits.outboxBytesPerLink + limits.creditBytesPerLink + FRAME_BYTES_MAX;
    expect(queuedBytes).toBeGreaterThanOrEqual(0);
    expect(queuedBytes).toBeLessThanOrEqual(PEERS_MAX * linkMax);
  }

  /** Everybody reads again; then all but one leave, which ends its calls but those it serves itself. */
  settle(): void {
    for (const { peer } of this.actors) peer.unstall();
    this.check();
    const [last, ...others] = this.actors;
    for (const { peer } of others) peer.kill();
    last?.peer.unstall();
    last?.read();
    this.harness.advance(1500);
    last?.read();
    if (last !== undefined && !last.isGone && this.harness.router.callsInFlight === 0) {
      expect(this.harness.router.stats.creditBytes).toBe(0);
      for (const ends of last.ends.values()) {
        expect(ends).toBe(1);
        this.answered++;
      }
    }
    last?.peer.kill();
    this.harness.advance(1500);
  }
}

describe("sessions at random", () => {
  test(`keep every promise under ${RUNS} seeds`, () => {
    let calls = 0;
    let answered = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      const campaign = new Campaign(seed);
      for (let step = 0; step < STEPS; step++) campaign.step();
      campaign.settle();
      const { stats } = campaign.harness.router;
      calls += stats.calls;
      answered += campaign.answered;
      expect({ seed, ...stats }).toMatchObject({
        seed,
        links: 0,
        services: 0,
        subscriptions: 0,
        callsInFlight: 0,
        queuedBytes: 0,
        creditBytes: 0,
        slabBytes: 0,
      });
    }
    // That it tested anything.
    expect(calls).toBeGreaterThan(RUNS * 10);
    expect(answered).toBeGreaterThan(RUNS / 4);
  });
});
