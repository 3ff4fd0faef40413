/** A subscriber for tests: what it was sent in words, and its answers; and a publisher that counts its own lane. */
import {
  codeOf,
  EventAckKind,
  encodeCredit,
  encodeEventAck,
  encodeReplay,
  Flag,
  FrameType,
  type ReplayRequest,
  readGap,
  reasonOf,
  wire,
} from "@nexus-bridge/protocol";
import type { RouterLimits } from "../limits.ts";
import { Harness, type Peer, type Received, text, utf8 } from "./harness.ts";
import { onLane } from "./lane-peer.ts";

const gapReasons = ["", "slow", "retention", "resume", "rate", "codec", "reset"];
const PRIORITY_AND_CODEC = 0x18;

/** For example `3 a.b@7 x` for an EVENT with delivery 3 of position 7, and `gap a.b 2-4 x3 slow`. */
export class Listener {
  readonly peer: Peer;
  readonly id: number;
  readonly #names = new Map<number, string>();

  constructor(peer: Peer, id = 1) {
    this.peer = peer;
    this.id = id;
  }

  /** What came since the last time. */
  heard(): string[] {
    return this.frames().map((frame) => this.inWords(frame));
  }

  /** Frames other than those about aliases. */
  frames(): Received[] {
    const frames: Received[] = [];
    for (const frame of this.peer.take()) {
      if (frame.type === FrameType.ALIAS) this.#names.set(frame.route, frame.meta.name ?? "");
      else frames.push(frame);
    }
    return frames;
  }

  /** The topic that the frame names, or its alias stands for. */
  topicOf(frame: Received): string {
    return frame.meta.name ?? this.#names.get(frame.route) ?? `alias ${frame.route}`;
  }

  inWords(frame: Received): string {
    switch (frame.type) {
      case FrameType.EVENT:
        return this.#event(frame);
      case FrameType.GAP: {
        const read = readGap(new DataView(frame.payload.buffer), 0, frame.payload.length);
        if (read.kind === "fault") return read.message;
        const { from, to, count, reason } = read.payload;
        return `gap ${this.topicOf(frame)} ${from}-${to} x${count} ${gapReasons[reason]}`;
      }
      case FrameType.SUBSCRIBED:
        return frame.arg === 0 ? subscribed(frame) : `refused ${codeOf(frame.arg)}`;
      case FrameType.UNSUBSCRIBED:
        return `ended ${codeOf(frame.arg)} ${reasonOf(frame.arg)}`;
      case FrameType.ERROR:
        return `error ${frame.arg}`;
      default:
        return `type ${frame.type}`;
    }
  }

  #event(frame: Received): string {
    const { position, attempt } = frame.meta;
    const at = position === undefined ? "" : `@${position.sequence}`;
    const isAgain = (frame.flags & Flag.DUP) !== 0;
    const again = isAgain ? ` again ${attempt}` : attempt === undefined ? "" : " broken attempt";
    const retained = (frame.flags & Flag.RETAIN) !== 0 ? " retained" : "";
    const qos = (frame.class & PRIORITY_AND_CODEC) === 0 && at !== "" ? " q0" : "";
    const topic = this.topicOf(frame);
    return `${frame.arg} ${topic}${at} ${text(frame.payload)}${again}${retained}${qos}`;
  }

  subscribe(pattern: string, init: wire.SubscribeInit = {}, credit = 1024): this {
    this.peer.subscribe(this.id, pattern, init, credit);
    return this;
  }

  ack(delivery: number, upTo = false): void {
    this.#settle(delivery, EventAckKind.ACK, 0, upTo);
  }

  nack(delivery: number, delayMs = 0): void {
    this.#settle(delivery, EventAckKind.NACK, delayMs, false);
  }

  term(delivery: number): void {
    this.#settle(delivery, EventAckKind.TERM, 0, false);
  }

  progress(delivery: number): void {
    this.#settle(delivery, EventAckKind.PROGRESS, 0, false);
  }

  #settle(delivery: number, kind: EventAckKind, delayMs: number, upTo: boolean): void {
    this.peer.send({
      type: FrameType.EVACK,
      stream: this.id,
      arg: delivery,
      flags: upTo ? Flag.END : 0,
      payload: encodeEventAck({ kind, delayMs }),
    });
  }

  grant(messages: number): void {
    const payload = encodeCredit({ messages, bytes: 0 });
    this.peer.send({ type: FrameType.CREDIT, stream: this.id, payload });
  }

  unsubscribe(): void {
    this.peer.send({ type: FrameType.UNSUBSCRIBE, stream: this.id });
  }

  replay(topic: string, asked: ReplayRequest): void {
    const payload = encodeReplay(asked);
    this.peer.send({ type: FrameType.REPLAY, stream: this.id, meta: { name: topic }, payload });
  }
}

function subscribed(frame: Received): string {
  const { qos, positions, retainedCount } = wire.Subscribed.decode(frame.payload);
  const at = positions.map(({ topic, sequence }) => ` ${topic}@${sequence}`).join("");
  return `subscribed q${qos}${at}${retainedCount > 0 ? ` retained ${retainedCount}` : ""}`;
}

/** A subscriber whose SUBSCRIBED was taken. */
export function listener(
  harness: Harness,
  pattern: string,
  init: wire.SubscribeInit = { qos: 1 },
  credit = 1024,
): Listener {
  const listening = new Listener(harness.peer()).subscribe(pattern, init, credit);
  const [answer] = listening.frames();
  if (answer?.type !== FrameType.SUBSCRIBED || answer.arg !== 0) {
    throw new Error(`not subscribed: ${answer === undefined ? "" : listening.inWords(answer)}`);
  }
  return listening;
}

/** A router that leaves its links alone, however long nobody says anything. */
export const quietHarness = (limits: Partial<RouterLimits> = {}): Harness =>
  new Harness({ limits: { heartbeatMs: 1_000_000_000, ...limits } });

let producers = 1000;

export interface Publication {
  readonly key?: string;
  readonly ttlMs?: number;
  readonly retain?: boolean;
  readonly qos?: 0 | 1;
}

/** Publishes at QoS 1 on one lane; `answers` are what the router said since the last time. */
export class Publisher {
  readonly peer: Peer;
  #sequence = 0;
  #isOpen = false;
  readonly #producer = ++producers;

  constructor(harness: Harness) {
    this.peer = harness.peer();
  }

  publish(topic: string, payload: string, { key, ttlMs, retain, qos }: Publication = {}): void {
    const meta = {
      ...(key !== undefined && { orderingKey: utf8(key) }),
      ...(ttlMs !== undefined && { ttlMs }),
    };
    const flags = retain === true ? Flag.RETAIN : 0;
    if (qos === 0) {
      const type = FrameType.PUBLISH;
      this.peer.send({ type, flags, payload: utf8(payload), meta: { name: topic, ...meta } });
      return;
    }
    this.#sequence++;
    const producer = this.#isOpen ? {} : { producer: { id: this.#producer } };
    this.#isOpen = true;
    const more = { flags, meta };
    this.peer.send(onLane({ topic, payload, sequence: this.#sequence, ...producer, more }));
  }

  /** The last message was refused and is to be sent again: its sequence is still free. */
  takeBack(): void {
    this.#sequence--;
  }

  /** Publishes `first` to `last` as payloads to `topic`. */
  run(topic: string, first: number, last: number, publication: Publication = {}): void {
    for (let at = first; at <= last; at++) this.publish(topic, String(at), publication);
  }

  /** The codes of its answers since the last time. */
  answers(): number[] {
    return this.peer
      .takeOf(FrameType.PUBACK)
      .map(({ payload }) => new DataView(payload.buffer).getUint16(0));
  }
}
