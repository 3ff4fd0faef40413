/**
 * Every event that was published and every item that a subscription read. It judges order and repetition as items come, and
 * afterwards that whatever is missing was either reported by a gap or lost with a link.
 */
import type { Item as Read } from "@nexus-bridge/sdk";
import type { ClientHost } from "./client-host.ts";
import { type Item, isIntact } from "./schema.ts";
import type { Trace } from "./trace.ts";
import type { Verdict } from "./verdict.ts";

export interface SubscriptionRecord {
  readonly name: string;
  readonly client: ClientHost;
  /** Undefined for every lane. */
  readonly lane: number | undefined;
  readonly group: string | undefined;
  /** It was there, without a break, before the calm began. */
  isWhole: boolean;
  isOver: boolean;
  isIdle: boolean;
  /** By publisher's session and topic: the last index. */
  readonly last: Map<string, number>;
  /** Those heard of since the last break. */
  readonly heard: Set<string>;
  /** By topic, since the last break: indices passed over, losses reported, events read. */
  readonly holes: Map<string, number>;
  readonly reported: Map<string, number>;
  readonly events: Map<string, number>;
}

export class EventBook {
  readonly #verdict: Verdict;
  readonly #trace: Trace;
  readonly #published = new Map<string, number>();
  readonly #sequences = new Map<string, number>();
  readonly #subscriptions: SubscriptionRecord[] = [];
  readonly #grouped = new Set<string>();
  #sessions = 0;
  readonly #sessionIds = new Map<string, number>();

  constructor(verdict: Verdict, trace: Trace) {
    this.#verdict = verdict;
    this.#trace = trace;
  }

  get subscriptions(): readonly SubscriptionRecord[] {
    return this.#subscriptions;
  }

  /** A number for the session that `client` has now. */
  sessionOf(client: ClientHost): number {
    const key = `${client.name} ${client.session}`;
    const known = this.#sessionIds.get(key);
    if (known !== undefined) return known;
    const id = ++this.#sessions;
    this.#sessionIds.set(key, id);
    return id;
  }

  /** The next index of a session on a topic. */
  nextIndex(session: number, topic: string): number {
    const key = `${session} ${topic}`;
    const index = (this.#sequences.get(key) ?? 0) + 1;
    this.#sequences.set(key, index);
    return index;
  }

  /** It was never sent. */
  takeBack(session: number, topic: string): void {
    add(this.#sequences, `${session} ${topic}`, -1);
  }

  published(topic: string): void {
    this.#published.set(topic, (this.#published.get(topic) ?? 0) + 1);
  }

  subscribe(
    options: Pick<SubscriptionRecord, "name" | "client" | "lane" | "group">,
  ): SubscriptionRecord {
    const record: SubscriptionRecord = {
      ...options,
      isWhole: false,
      isOver: false,
      isIdle: false,
      last: new Map(),
      heard: new Set(),
      holes: new Map(),
      reported: new Map(),
      events: new Map(),
    };
    this.#subscriptions.push(record);
    return record;
  }

  failed(record: SubscriptionRecord, error: unknown): void {
    this.#broken(record, "subscription", `ended with ${String(error)}`);
  }

  read(record: SubscriptionRecord, item: Read<Item>): void {
    this.#trace.text(item.kind);
    if (item.kind === "gap") {
      this.#gap(record, item.topic, item.count, item.reason);
      return;
    }
    const { value, topic } = item;
    const wanted = `items.${value.phase}.${value.lane}`;
    const isMine = topic === wanted && (record.lane === undefined || record.lane === value.lane);
    if (!isMine || !isIntact(value))
      this.#broken(record, "contents", `${topic} brought ${wanted} of session ${value.id}`);
    const key = `${value.id} ${topic}`;
    const before = record.last.get(key);
    if (before !== undefined && value.index <= before)
      this.#broken(record, "order", `${key}: ${value.index} after ${before}`);
    if (record.group === undefined && before !== undefined && record.heard.has(key))
      add(record.holes, topic, value.index - before - 1);
    record.last.set(key, value.index);
    record.heard.add(key);
    add(record.events, topic, 1);
    if (record.group === undefined) return;
    const member = `${record.group} ${record.lane} ${key} ${value.index}`;
    if (this.#grouped.has(member)) this.#broken(record, "at most once", member);
    this.#grouped.add(member);
  }

  #gap(record: SubscriptionRecord, topic: string, count: number, reason: string): void {
    if (reason === "invalid") this.#broken(record, "contents", `a spoilt event on ${topic}`);
    if (count > 0) {
      add(record.reported, topic, count);
      return;
    }
    // A lost link: what was missed is unknown, and counting begins anew.
    this.#checkHoles(record);
    record.isWhole = false;
    record.holes.clear();
    record.reported.clear();
    record.heard.clear();
  }

  /** Holes among what one publisher's session sent must have been reported. */
  #checkHoles(record: SubscriptionRecord): void {
    for (const [topic, holes] of record.holes) {
      const reported = record.reported.get(topic) ?? 0;
      if (holes > reported)
        this.#broken(
          record,
          "gap",
          `${holes} events are missing on ${topic}, ${reported} reported`,
        );
    }
  }

  /** From here on what is published must arrive or be reported. */
  beginCalm(): void {
    for (const record of this.#subscriptions) record.isWhole = !record.isOver;
  }

  /** Nothing is on its way any more. `calm` is the phase in which nothing was lost. */
  finish(calm: string): void {
    for (const record of this.#subscriptions) {
      if (!record.client.isAlive) continue;
      this.#checkHoles(record);
      if (record.group === undefined && record.isWhole && !record.isOver)
        this.#checkWhole(record, calm);
    }
    this.#checkGroups(calm);
  }

  #checkWhole(record: SubscriptionRecord, calm: string): void {
    for (const [topic, published] of this.#published) {
      if (!isOf(topic, calm, record.lane)) continue;
      const events = record.events.get(topic) ?? 0;
      const reported = record.reported.get(topic) ?? 0;
      if (events + reported !== published)
        this.#broken(
          record,
          "gap",
          `${topic}: ${published} published, ${events} came and ${reported} were reported missing`,
        );
    }
  }

  #checkGroups(calm: string): void {
    const members = this.#subscriptions.filter(
      ({ client, group }) => group !== undefined && client.isAlive,
    );
    const groups = Map.groupBy(members, ({ group, lane }) => `${group} ${lane}`);
    for (const [name, all] of groups) {
      if (all.some(({ isWhole, isOver }) => !isWhole || isOver)) continue;
      for (const [topic, published] of this.#published) {
        if (!isOf(topic, calm, all[0]?.lane)) continue;
        const counted = all.reduce(
          (sum, { events, reported }) =>
            sum + (events.get(topic) ?? 0) + (reported.get(topic) ?? 0),
          0,
        );
        if (counted !== published)
          this.#verdict.broken(
            "group",
            `${name} on ${topic}: ${published} published, ${counted} came`,
          );
      }
    }
  }

  #broken(record: SubscriptionRecord, rule: string, detail: string): void {
    this.#verdict.broken(rule, `${record.name} of ${record.client.name}: ${detail}`);
  }
}

const add = (counts: Map<string, number>, key: string, by: number): void =>
  void counts.set(key, (counts.get(key) ?? 0) + by);

const isOf = (topic: string, phase: string, lane: number | undefined): boolean =>
  lane === undefined ? topic.startsWith(`items.${phase}.`) : topic === `items.${phase}.${lane}`;
