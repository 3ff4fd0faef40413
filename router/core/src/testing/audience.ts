/**
 * What a subscription, a group or a named consumer must have been given, kept by its rules alone: every message from its start on
 * is settled, told as a gap, or dead in the end; nothing comes twice without saying so, and nobody is given more than it may have.
 */
import { Flag, FrameType, qosOf, readGap, wire } from "@nexus-bridge/protocol";
import { type Received, text } from "./harness.ts";
import type { Listener } from "./listener.ts";

export const DELIVERIES_MAX = 5;

export interface Message {
  readonly topic: string;
  readonly sequence: number;
  readonly payload: string;
  readonly qos: number;
  readonly key: string | undefined;
  readonly expires: boolean;
}

interface Sent {
  readonly message: Message;
  readonly number: number;
  sentAt: number;
}

export interface Member {
  readonly listening: Listener;
  readonly unackedMax: number;
  credit: number;
  sent: number;
  readonly unsettled: Map<number, Sent>;
  isGone: boolean;
}

type Fate = "open" | "settled" | "lost";

interface Course {
  attempts: number;
  /** Times that it came back from a member that went: at most one of them at a time speaks against it. */
  returned: number;
  fate: Fate;
}

export class Audience {
  readonly name: string;
  readonly holdsRing: boolean;
  readonly isKeyed: boolean;
  readonly members: Member[] = [];
  readonly ackWaitMs: number;
  readonly starts = new Map<string, number>();
  readonly #courses = new Map<string, Course>();
  /** The highest position that was sent for the first time, by reader and topic. */
  readonly #highest = new Map<string, number>();
  readonly #published: ReadonlyMap<string, readonly Message[]>;
  isOver = false;

  constructor(
    name: string,
    rules: { readonly holdsRing: boolean; readonly isKeyed: boolean; readonly ackWaitMs: number },
    published: ReadonlyMap<string, readonly Message[]>,
  ) {
    this.name = name;
    this.holdsRing = rules.holdsRing;
    this.isKeyed = rules.isKeyed;
    this.ackWaitMs = rules.ackWaitMs;
    this.#published = published;
  }

  /** Takes what came to all members; throws an `Error` that names the rule that was broken. */
  take(now: number): void {
    for (const member of this.members) {
      for (const frame of member.listening.frames()) this.#take(member, frame, now);
    }
  }

  #take(member: Member, frame: Received, now: number): void {
    switch (frame.type) {
      case FrameType.SUBSCRIBED: {
        for (const { topic, sequence } of wire.Subscribed.decode(frame.payload).positions) {
          if (!this.starts.has(topic)) this.starts.set(topic, Number(sequence));
        }
        return;
      }
      case FrameType.EVENT:
        this.#event(member, frame, now);
        return;
      case FrameType.GAP:
        this.#gap(member, frame);
        return;
      case FrameType.UNSUBSCRIBED:
        this.gone(member);
        return;
      default:
        this.fail(`an unexpected frame: ${member.listening.inWords(frame)}`);
    }
  }

  /** The member has left, or its link is lost: what it had goes back. */
  gone(member: Member): void {
    member.isGone = true;
    for (const { message } of member.unsettled.values()) {
      const course = this.#courses.get(`${message.topic}@${message.sequence}`);
      if (course !== undefined) course.returned++;
    }
  }

  #event(member: Member, frame: Received, now: number): void {
    const topic = member.listening.topicOf(frame);
    const sequence = frame.meta.position?.sequence ?? 0;
    const message = this.#published.get(topic)?.[sequence - 1];
    const what = `${topic}@${sequence}`;
    if (message === undefined || text(frame.payload) !== message.payload) {
      this.fail(`${what} is not what was published`);
      return;
    }
    member.sent++;
    if (frame.arg !== member.sent) this.fail(`delivery ${frame.arg} instead of ${member.sent}`);
    if (member.sent > member.credit) this.fail(`${what} is beyond its credit ${member.credit}`);
    if (sequence < (this.starts.get(topic) ?? 1)) this.fail(`${what} is before its start`);
    const course = this.#courses.get(what) ?? { attempts: 0, returned: 0, fate: "open" };
    this.#courses.set(what, course);
    if (course.fate !== "open") this.fail(`${what} came again after it was ${course.fate}`);
    course.attempts++;
    this.#checkAttempt(course, frame, what);
    if (course.attempts === 1) this.#checkOrder(member, message, what);
    if (qosOf(frame.class) === 0) {
      course.fate = "settled";
      return;
    }
    this.#handIn(member, { message, number: frame.arg, sentAt: now }, now);
  }

  #checkAttempt(course: Course, frame: Received, what: string): void {
    const isAgain = (frame.flags & Flag.DUP) !== 0;
    if (isAgain !== course.attempts > 1) this.fail(`${what} with a wrong DUP`);
    if ((frame.meta.attempt ?? 1) !== course.attempts) this.fail(`${what} with a wrong attempt`);
    if (course.attempts - course.returned > DELIVERIES_MAX) this.fail(`${what} came too often`);
  }

  #checkOrder(member: Member, { topic, sequence, key }: Message, what: string): void {
    const line = this.isKeyed
      ? `${topic} ${key ?? ""}`
      : `${member.listening.peer.number} ${topic}`;
    if (this.isKeyed && key === undefined) return;
    if (sequence <= (this.#highest.get(line) ?? 0)) this.fail(`${what} is out of order`);
    this.#highest.set(line, sequence);
  }

  #handIn(member: Member, sent: Sent, now: number): void {
    const { topic, sequence, key } = sent.message;
    for (const other of this.members) {
      for (const [number, held] of other.unsettled) {
        const isSame = held.message.topic === topic && held.message.sequence === sequence;
        if (isSame) other.unsettled.delete(number);
        else if (this.#isPast(held, now)) continue;
        else if (this.isKeyed && key !== undefined && held.message.key === key) {
          this.fail(`two messages of key ${key} at a time`);
        }
      }
    }
    member.unsettled.set(sent.number, sent);
    const held = [...member.unsettled.values()].filter((each) => !this.#isPast(each, now));
    if (held.length > member.unackedMax) this.fail("more unsettled than it may have");
  }

  /** Whether its time to be acknowledged is over: the router takes it away, sooner or later. */
  #isPast({ sentAt }: Sent, now: number): boolean {
    return now - sentAt >= this.ackWaitMs;
  }

  #gap(member: Member, frame: Received): void {
    const read = readGap(new DataView(frame.payload.buffer), 0, frame.payload.length);
    if (read.kind === "fault") throw new Error(read.message);
    const { from, to, count } = read.payload;
    const topic = member.listening.topicOf(frame);
    if (count !== to - from + 1 || from < 1) this.fail(`a gap ${from}-${to} of ${count}`);
    for (let sequence = from; sequence <= to; sequence++) {
      const what = `${topic}@${sequence}`;
      const message = this.#published.get(topic)?.[sequence - 1];
      if (message === undefined) this.fail(`a gap at ${what}, which was never published`);
      if (this.holdsRing && message?.expires !== true)
        this.fail(`a gap at ${what}, which it holds`);
      const course = this.#courses.get(what) ?? { attempts: 0, returned: 0, fate: "open" };
      if (course.fate !== "open") this.fail(`a gap at ${what}, which was ${course.fate}`);
      course.fate = "lost";
      this.#courses.set(what, course);
    }
  }

  /** `member` settled the delivery. */
  settled(member: Member, number: number): void {
    const sent = member.unsettled.get(number);
    if (sent === undefined) return;
    member.unsettled.delete(number);
    const course = this.#courses.get(`${sent.message.topic}@${sent.message.sequence}`);
    if (course !== undefined) course.fate = "settled";
  }

  /** Everything from its start on was settled, told, or buried. */
  finish(buried: ReadonlySet<string>): void {
    if (this.isOver) return;
    for (const [topic, messages] of this.#published) {
      const start = this.starts.get(topic);
      if (start === undefined) continue;
      for (const { sequence, payload } of messages) {
        if (sequence < start) continue;
        const course = this.#courses.get(`${topic}@${sequence}`);
        // Of a dead message the ring may have let go before it could be buried, where nobody holds it.
        const isBuried = buried.has(payload) || !this.holdsRing;
        const isDead = (course?.attempts ?? 0) >= DELIVERIES_MAX && isBuried;
        if (isDead || (course !== undefined && course.fate !== "open")) continue;
        this.fail(`${topic}@${sequence} is missing after ${course?.attempts ?? 0} deliveries`);
      }
    }
  }

  fail(what: string): void {
    throw new Error(`${this.name}: ${what}`);
  }
}
