/** Topics of QoS 0 inside one process: wildcards, groups, credit and retained values; what it drops it reports. */
import {
  Code,
  encodeFrame,
  encodeGap,
  Flag,
  FrameType,
  flagsAt,
  GapReason,
  HEADER_BYTES,
  type Meta,
  payloadStart,
  readCredit,
  readMeta,
  wire,
} from "@nexus-bridge/protocol";
import type { HubPeer } from "./hub-peer.ts";

/** Retained values of one hub; the oldest go first. */
const RETAINED_MAX = 10_000;

/** Of `retained` in SUBSCRIBE; 1 is always. */
const NEW = 0;
const NEVER = 2;

interface Subscriber {
  readonly peer: HubPeer;
  readonly id: number;
  readonly tokens: readonly string[];
  readonly group: string;
  allowed: number;
  sent: number;
  dropped: number;
}

interface Retained {
  readonly payload: Uint8Array;
  readonly meta: Meta;
}

export class HubTopics {
  readonly #subscribers: Subscriber[] = [];
  readonly #retained = new Map<string, Retained>();
  /** Whose turn it is, by pattern and group. */
  readonly #turns = new Map<string, number>();

  subscribe(peer: HubPeer, id: number, credit: number, asked: wire.Subscribe): void {
    const missing = unsupported(asked);
    if (missing !== undefined) {
      const message = `a memory link has no ${missing}`;
      const payload = wire.Subscribed.encode({ message });
      peer.send({ type: FrameType.SUBSCRIBED, stream: id, arg: Code.UNIMPLEMENTED, payload });
      return;
    }
    const { pattern, group } = asked;
    const tokens = pattern.split(".");
    const subscriber = { peer, id, tokens, group, allowed: credit, sent: 0, dropped: 0 };
    const kept = this.#wantsRetained(asked)
      ? [...this.#retained]
          .filter(([topic]) => matches(tokens, topic.split(".")))
          .sort(([one], [other]) => (one < other ? -1 : 1))
      : [];
    this.#subscribers.push(subscriber);
    const payload = wire.Subscribed.encode({ qos: 0, retainedCount: kept.length });
    peer.send({ type: FrameType.SUBSCRIBED, stream: id, payload });
    for (const [topic, { payload: value, meta }] of kept)
      deliver(subscriber, topic, value, meta, Flag.RETAIN);
  }

  unsubscribe(peer: HubPeer, id: number): void {
    this.#remove((each) => each.peer === peer && each.id === id);
  }

  gone(peer: HubPeer): void {
    this.#remove((each) => each.peer === peer);
  }

  /** False where `id` is no subscription of `peer`. */
  credit(peer: HubPeer, id: number, view: DataView, start: number): boolean {
    const subscriber = this.#subscribers.find((each) => each.peer === peer && each.id === id);
    if (subscriber === undefined) return false;
    const from = payloadStart(view, start);
    const result = readCredit(view, from, from + 16);
    if (result.kind === "payload")
      subscriber.allowed = Math.max(subscriber.allowed, result.payload.messages);
    return true;
  }

  publish(topic: string, bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const from = payloadStart(view, start);
    const payload = bytes.slice(from, end);
    const result = readMeta(bytes, view, start + HEADER_BYTES, from);
    const { name: _, ...meta } = result.kind === "meta" ? result.meta : {};
    if ((flagsAt(view, start) & Flag.RETAIN) !== 0) this.#retain(topic, payload, meta);
    const tokens = topic.split(".");
    const groups = new Map<string, Subscriber[]>();
    for (const each of this.#subscribers) {
      if (!matches(each.tokens, tokens)) continue;
      if (each.group === "") deliver(each, topic, payload, meta, 0);
      else {
        const key = `${each.tokens.join(".")} ${each.group}`;
        const members = groups.get(key) ?? [];
        members.push(each);
        groups.set(key, members);
      }
    }
    for (const [key, members] of groups) {
      const turn = this.#turns.get(key) ?? 0;
      this.#turns.set(key, turn + 1);
      const member = members[turn % members.length];
      if (member !== undefined) deliver(member, topic, payload, meta, 0);
    }
  }

  /** Of a group only the first member is new. */
  #wantsRetained({ retained, pattern, group }: wire.Subscribe): boolean {
    if (retained !== NEW || group === "") return retained !== NEVER;
    return !this.#subscribers.some(
      (each) => each.group === group && each.tokens.join(".") === pattern,
    );
  }

  #retain(topic: string, payload: Uint8Array, meta: Meta): void {
    this.#retained.delete(topic);
    if (payload.length === 0) return;
    this.#retained.set(topic, { payload, meta });
    const [oldest] = this.#retained.keys();
    if (this.#retained.size > RETAINED_MAX && oldest !== undefined) this.#retained.delete(oldest);
  }

  #remove(gone: (subscriber: Subscriber) => boolean): void {
    const left = this.#subscribers.filter((each) => !gone(each));
    this.#subscribers.splice(0, this.#subscribers.length, ...left);
    const keys = new Set(left.map((each) => `${each.tokens.join(".")} ${each.group}`));
    for (const key of this.#turns.keys()) if (!keys.has(key)) this.#turns.delete(key);
  }
}

function deliver(
  subscriber: Subscriber,
  topic: string,
  payload: Uint8Array,
  meta: Meta,
  flags: number,
): void {
  const { peer, id } = subscriber;
  if (subscriber.sent >= subscriber.allowed) {
    subscriber.dropped += 1;
    return;
  }
  const route = peer.aliasOf(topic);
  if (subscriber.dropped > 0) {
    const gap = { epoch: 0, from: 0, to: 0, count: subscriber.dropped, reason: GapReason.SLOW };
    subscriber.dropped = 0;
    peer.send({ type: FrameType.GAP, stream: id, route, payload: encodeGap(gap) });
  }
  subscriber.sent += 1;
  const named = route === 0 ? { name: topic, ...meta } : meta;
  peer.write(
    encodeFrame({
      type: FrameType.EVENT,
      flags,
      stream: id,
      route,
      arg: subscriber.sent,
      payload,
      ...(Object.keys(named).length > 0 && { meta: named }),
    }),
  );
}

function unsupported(asked: wire.Subscribe): string | undefined {
  if (asked.consumer !== "") return "consumers that are remembered";
  if (asked.start !== undefined && asked.start.kind !== 0) return "replay";
  return undefined;
}

function matches(pattern: readonly string[], topic: readonly string[]): boolean {
  for (const [at, token] of pattern.entries()) {
    if (token === ">") return topic.length > at;
    if (token !== "*" && token !== topic[at]) return false;
    if (topic[at] === undefined) return false;
  }
  return pattern.length === topic.length;
}
