/**
 * All subscriptions, and a bounded memory of what each topic led to. An entry that outlives a change of the subscriptions is
 * matched anew when it is asked for.
 */
import { isReservedTopic, topicProblem } from "@nexus-bridge/protocol";
import { TopicTrie } from "../resolve/topic-trie.ts";
import type { Subscription } from "./subscription.ts";
import type { GroupTarget, Target, TopicCursor, TopicEntry } from "./topic-entry.ts";

/** Topics remembered; the oldest goes first. One that is bound to an alias is remembered by that, too. */
export const ENTRIES_MAX = 16_384;

/**
 * What all topics together may lead to. Ten thousand subscriptions to `>` make every topic lead to ten thousand places: then few
 * topics are remembered.
 */
export const TARGETS_MAX = 131_072;
/** What a topic weighs beside its targets, so that those with few are bounded too. */
const ENTRY_WEIGHT = 8;

const encoder = new TextEncoder();
const none: readonly TopicCursor[] = [];

export class Topics {
  readonly #trie = new TopicTrie<Subscription | TopicCursor>();
  /** Patterns of topics that have a ring from their first publish on. */
  #rings = new TopicTrie<string>();
  readonly #entries = new Map<string, TopicEntry>();
  /** Entries that hold targets, with their weight; matched longest ago first. */
  readonly #matched = new Map<TopicEntry, number>();
  #weight = 0;
  #epoch = 1;

  /** Targets remembered, and a little for each topic that has any. */
  get weight(): number {
    return this.#weight;
  }

  /** Live subscriptions and cursors. */
  get size(): number {
    return this.#trie.size;
  }

  add(reader: Subscription | TopicCursor): void {
    this.#trie.insert(reader.pattern, reader);
    this.#epoch++;
  }

  remove(reader: Subscription | TopicCursor): void {
    this.#trie.remove(reader.pattern, reader);
    this.#epoch++;
  }

  /** Other patterns of topics that have a ring from the start; those that have one already keep it. */
  setRings(patterns: readonly string[]): void {
    this.#rings = new TopicTrie();
    for (const pattern of patterns) this.#rings.insert(pattern, pattern);
    this.#epoch++;
  }

  /** The entry of `name`, with its targets as they are now. */
  entry(name: string): TopicEntry {
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      entry = createEntry(name);
      if (this.#entries.size >= ENTRIES_MAX) this.#forgetOldest();
      this.#entries.set(name, entry);
    }
    return this.refresh(entry);
  }

  /** `entry` with its targets as they are now. */
  refresh(entry: TopicEntry): TopicEntry {
    if (entry.epoch === this.#epoch || entry.problem !== undefined) return entry;
    const targets: Target[] = [];
    const groups = new Map<string, Target[]>();
    const cursors: TopicCursor[] = [];
    entry.wantsTime = false;
    this.#trie.match(entry.name, (subscription) => {
      if (subscription.kind === "cursor") {
        cursors.push(subscription);
        return;
      }
      const alias = subscription.link.outboundAliases.find(entry.name);
      const target = { topic: entry, subscription, alias, isSeen: false };
      if (subscription.wantsAttributes) entry.wantsTime = true;
      if (subscription.group === "") {
        targets.push(target);
        return;
      }
      // A group is its name and its pattern, either of which may hold any character.
      const { pattern, group } = subscription;
      const key = `${pattern.length} ${pattern}${group}`;
      const members = groups.get(key);
      if (members === undefined) groups.set(key, [target]);
      else members.push(target);
    });
    entry.targets = targets;
    entry.groups = [...groups.values()].map((members, at) =>
      groupTarget(members, entry.groups[at]),
    );
    entry.cursors = cursors.length === 0 ? none : cursors;
    entry.wantsRing = cursors.length > 0 || this.#hasRing(entry.name);
    entry.epoch = this.#epoch;
    this.#remember(entry);
    return entry;
  }

  #hasRing(name: string): boolean {
    let isWanted = false;
    if (this.#rings.size > 0) {
      this.#rings.match(name, () => {
        isWanted = true;
      });
    }
    return isWanted;
  }

  /** Counts what `entry` leads to, and lets others forget theirs where that is too much. */
  #remember(entry: TopicEntry): void {
    this.#release(entry);
    const { targets, groups, cursors } = entry;
    if (targets.length === 0 && groups.length === 0 && cursors.length === 0) return;
    const members = groups.reduce((sum, group) => sum + group.members.length, 0);
    const weight = ENTRY_WEIGHT + targets.length + members + cursors.length;
    this.#matched.set(entry, weight);
    this.#weight += weight;
    for (const other of this.#matched.keys()) {
      if (this.#weight <= TARGETS_MAX || other === entry) return;
      this.#forget(other);
    }
  }

  #release(entry: TopicEntry): void {
    this.#weight -= this.#matched.get(entry) ?? 0;
    this.#matched.delete(entry);
  }

  /** What `entry` leads to is found again when it is asked for. */
  #forget(entry: TopicEntry): void {
    this.#release(entry);
    entry.targets = [];
    entry.groups = [];
    entry.cursors = none;
    entry.epoch = 0;
  }

  #forgetOldest(): void {
    const oldest = this.#entries.entries().next();
    if (oldest.done === true) return;
    const [name, entry] = oldest.value;
    this.#entries.delete(name);
    this.#forget(entry);
  }
}

function groupTarget(members: readonly Target[], before: GroupTarget | undefined): GroupTarget {
  return { members, cursor: before === undefined ? 0 : before.cursor % members.length };
}

function createEntry(name: string): TopicEntry {
  return {
    name,
    nameBytes: encoder.encode(name),
    // Routers name their own topics, which may be a token longer than others.
    problem: isReservedTopic(name) ? undefined : topicProblem(name),
    isReserved: isReservedTopic(name),
    epoch: 0,
    targets: [],
    groups: [],
    cursors: none,
    wantsRing: false,
    log: undefined,
    logChanges: -1,
    wantsTime: false,
    refusedAt: Number.NEGATIVE_INFINITY,
  };
}
