/**
 * Subscriptions, groups and named consumers that acknowledge, refuse, forget, vanish and come back at random, beside publishers
 * and the clock. Their rules are kept by `Audience`; a seed that breaks one is printed and repeats.
 */
import type { wire } from "@nexus-bridge/protocol";
import { createMemoryStore } from "@nexus-bridge/router-stores";
import { expect, test } from "vitest";
import { Audience, type Member, type Message } from "../testing/audience.ts";
import { Harness } from "../testing/harness.ts";
import { Listener, Publisher } from "../testing/listener.ts";
import type { EventMessage } from "../topics/event.ts";

/** To repeat one: its number here, and one seed. */
const FIRST_SEED = 1;
const SEEDS = 100;
const STEPS = 120;
const TOPICS = ["t.a", "t.b", "t.c"];
const KEYS = ["k", "l", "m", undefined];
const ACK_WAIT_MS = 2000;
const AUDIENCES_MAX = 5;

function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) % below;
  };
}

interface Kind {
  readonly audience: Audience;
  readonly pattern: string;
  readonly init: wire.SubscribeInit;
}

class World {
  readonly store = createMemoryStore<EventMessage>({
    epoch: 1,
    limits: {
      ringMessages: 12,
      ringBytes: 1e9,
      ringAgeMs: 3_600_000,
      retainedValues: 10,
      retainedBytes: 1e6,
    },
  });
  readonly harness = new Harness({
    store: this.store,
    limits: { heartbeatMs: 1_000_000_000, consumerExpiryMs: 600_000 },
  });
  readonly pick: (below: number) => number;
  readonly published = new Map<string, Message[]>(TOPICS.map((topic) => [topic, []]));
  readonly kinds: Kind[] = [];
  readonly publisher = new Publisher(this.harness);
  readonly dead = new Listener(this.harness.peer()).subscribe("$dead.>", { qos: 0 }, 1_000_000);
  readonly buried = new Set<string>();
  #count = 0;

  constructor(seed: number) {
    this.pick = randomFrom(seed);
    for (const topic of TOPICS) this.publish(topic, 1);
  }

  publish(topic: string, qos: 0 | 1): void {
    const payload = String(++this.#count);
    const key = KEYS[this.pick(KEYS.length)];
    const expires = this.pick(10) === 0;
    const before = this.harness.router.stats.published;
    this.publisher.publish(topic, payload, {
      qos,
      ...(key !== undefined && { key }),
      ...(expires && { ttlMs: 500 }),
    });
    this.publisher.answers();
    if (this.harness.router.stats.published > before) {
      const messages = this.published.get(topic) as Message[];
      messages.push({ topic, sequence: messages.length + 1, payload, qos, key, expires });
    } else if (qos === 1) this.publisher.takeBack();
    this.look();
  }

  /** A new audience, or one more member of one. */
  attach(): void {
    if (this.kinds.length < AUDIENCES_MAX && this.pick(2) === 0) this.kinds.push(this.#invent());
    const kind = this.kinds[this.pick(Math.max(1, this.kinds.length))];
    if (kind === undefined || kind.audience.isOver) return;
    const { audience, pattern, init } = kind;
    const isSolo = init.group === undefined && init.consumer === undefined;
    if (isSolo && audience.members.length > 0) return;
    if (audience.members.length > 3) return;
    const unackedMax = 1 + this.pick(4);
    const credit = this.pick(6);
    const listening = new Listener(this.harness.peer());
    const member: Member = {
      listening,
      unackedMax,
      credit,
      sent: 0,
      unsettled: new Map(),
      isGone: false,
    };
    audience.members.push(member);
    listening.subscribe(pattern, { ...init, maxUnacked: unackedMax }, credit);
    this.look();
    for (const each of audience.members) if (each.isGone) each.unsettled.clear();
    this.#forgetGone(audience);
  }

  #invent(): Kind {
    const name = ["solo", "group", "keyed", "consumer"][this.pick(4)] as string;
    const holdsRing = this.pick(2) === 0;
    const pattern = this.pick(2) === 0 ? "t.*" : "t.a";
    const number = this.kinds.length;
    const init: wire.SubscribeInit = {
      qos: this.pick(8) === 0 && name === "consumer" ? 0 : 1,
      slow: holdsRing ? 5 : 1,
      ackWaitMs: ACK_WAIT_MS,
      start: { kind: this.pick(2) },
      ...(name === "group" && { group: `g${number}` }),
      ...(name === "keyed" && { group: `g${number}`, ordering: 1 }),
      ...(name === "consumer" && { consumer: `c${number}` }),
    };
    const rules = {
      holdsRing: holdsRing && init.qos === 1,
      isKeyed: name === "keyed",
      ackWaitMs: ACK_WAIT_MS,
    };
    return { audience: new Audience(`${name} ${number}`, rules, this.published), pattern, init };
  }

  #forgetGone(audience: Audience): void {
    const left = audience.members.filter(({ isGone }) => !isGone);
    audience.members.splice(0, audience.members.length, ...left);
  }

  anyMember(): { readonly kind: Kind; readonly member: Member } | undefined {
    const kind = this.kinds[this.pick(Math.max(1, this.kinds.length))];
    const member = kind?.audience.members[this.pick(Math.max(1, kind.audience.members.length))];
    return kind === undefined || member === undefined ? undefined : { kind, member };
  }

  /** Answers one of the deliveries that the member has for certain. */
  answer({ audience }: Kind, member: Member): void {
    const { now } = this.harness;
    const sure = [...member.unsettled.values()].filter(
      ({ sentAt }) => now - sentAt < ACK_WAIT_MS - 50,
    );
    const sent = sure[this.pick(Math.max(1, sure.length))];
    if (sent === undefined) return;
    const { listening } = member;
    const { number } = sent;
    switch (this.pick(6)) {
      case 0:
        listening.nack(number, this.pick(2) * 300);
        member.unsettled.delete(number);
        break;
      case 1:
        sent.sentAt = now;
        listening.progress(number);
        break;
      case 2: {
        const upTo = [...member.unsettled.values()].filter((each) => each.number <= number);
        // One that is past its time may be covered, or may have been taken away.
        if (upTo.some((each) => !sure.includes(each))) return;
        for (const each of upTo) audience.settled(member, each.number);
        listening.ack(number, true);
        break;
      }
      case 3:
        audience.settled(member, number);
        listening.term(number);
        break;
      default:
        audience.settled(member, number);
        listening.ack(number);
    }
    this.look();
  }

  leave(kind: Kind, member: Member): void {
    const { audience, init } = kind;
    this.look();
    audience.gone(member);
    this.#forgetGone(audience);
    member.listening.peer.kill();
    if (audience.members.length === 0 && init.consumer === undefined) audience.isOver = true;
    this.look();
  }

  look(): void {
    for (const { audience } of this.kinds) if (!audience.isOver) audience.take(this.harness.now);
    for (const frame of this.dead.frames()) {
      if (frame.meta.deadLetterReason !== undefined) {
        this.buried.add(new TextDecoder().decode(frame.payload));
      }
    }
  }

  advance(ms: number): void {
    for (let left = ms; left > 0; left -= 50) {
      this.harness.advance(Math.min(50, left));
      this.look();
    }
  }

  step(): void {
    const choice = this.pick(12);
    if (choice < 4) {
      this.publish(TOPICS[this.pick(3)] as string, this.pick(3) === 0 ? 0 : 1);
      return;
    }
    if (choice === 4) {
      this.advance(this.pick(20) * 50);
      return;
    }
    if (choice === 5) {
      this.attach();
      return;
    }
    const any = this.anyMember();
    if (any === undefined) return;
    if (choice < 9) this.answer(any.kind, any.member);
    else if (choice < 11) {
      any.member.credit += this.pick(4);
      any.member.listening.grant(any.member.credit);
      this.look();
    } else if (this.pick(4) === 0) this.leave(any.kind, any.member);
  }

  /** Everybody takes and settles what there is, until nothing comes any more. */
  drain(): void {
    for (const kind of this.kinds) {
      const { audience, pattern, init } = kind;
      if (audience.isOver) continue;
      if (audience.members.length === 0 && init.consumer !== undefined) {
        const listening = new Listener(this.harness.peer());
        const credit = 1_000_000;
        const member = { listening, unackedMax: 4, credit, sent: 0, unsettled: new Map() };
        audience.members.push({ ...member, isGone: false });
        listening.subscribe(pattern, { ...init, maxUnacked: 4 }, credit);
      }
      for (const member of audience.members) {
        member.credit = 1_000_000;
        member.listening.grant(member.credit);
      }
    }
    for (let round = 0; round < 120; round++) {
      this.advance(50);
      for (const { audience } of this.kinds) {
        for (const member of audience.isOver ? [] : audience.members) {
          for (const { number, sentAt } of [...member.unsettled.values()]) {
            if (this.harness.now - sentAt >= ACK_WAIT_MS - 50) continue;
            audience.settled(member, number);
            member.listening.ack(number);
          }
          this.look();
        }
      }
    }
  }

  /** When all have gone nothing is held any more. */
  leaveNothing(): void {
    this.harness.router.close();
    this.harness.turn();
    this.harness.advance(5_000_000, 20_000);
    const { sharedCursors, subscriptions, timers } = this.harness.router.stats;
    expect({ sharedCursors, subscriptions, timers, topics: this.store.size }).toEqual({
      sharedCursors: 0,
      subscriptions: 0,
      timers: 0,
      topics: 0,
    });
  }
}

function run(seed: number): void {
  try {
    const world = new World(seed);
    for (let step = 0; step < STEPS; step++) world.step();
    world.drain();
    for (const { audience } of world.kinds) audience.finish(world.buried);
    world.leaveNothing();
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error });
  }
}

test("whatever its readers do, a cursor loses nothing in silence and leaves nothing behind", () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) run(seed);
}, 60_000);
