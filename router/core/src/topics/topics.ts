/**
 * All subscriptions, and a bounded memory of what each topic led to. An entry that outlives a change of the subscriptions is
 * matched anew when it is asked for.
 */
import { isReservedTopic, topicProblem } from "@nexus-bridge/protocol";
import { TopicTrie } from "../resolve/topic-trie.ts";
import type { Subscription } from "./subscription.ts";
import type { GroupTarget, Target, TopicEntry } from "./topic-entry.ts";

/** Topics remembered; the oldest goes first. One that is bound to an alias is remembered by that, too. */
export const ENTRIES_MAX = 16_384;

const encoder = new TextEncoder();

export class Topics {
  readonly #trie = new TopicTrie<Subscription>();
  readonly #entries = new Map<string, TopicEntry>();
  #epoch = 1;

  /** Live subscriptions. */
  get size(): number {
    return this.#trie.size;
  }

  add(subscription: Subscription): void {
    this.#trie.insert(subscription.pattern, subscription);
    this.#epoch++;
  }

  remove(subscription: Subscription): void {
    this.#trie.remove(subscription.pattern, subscription);
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
    entry.wantsTime = false;
    this.#trie.match(entry.name, (subscription) => {
      const alias = subscription.link.outboundAliases.find(entry.name);
      const target = { topic: entry, subscription, alias, isSeen: false };
      if (subscription.wantsAttributes) entry.wantsTime = true;
      if (subscription.group === "") {
        targets.push(target);
        return;
      }
      // A group is its name and its pattern: tokens hold no blank.
      const key = `${subscription.pattern} ${subscription.group}`;
      const members = groups.get(key);
      if (members === undefined) groups.set(key, [target]);
      else members.push(target);
    });
    entry.targets = targets;
    entry.groups = [...groups.values()].map((members, at) =>
      groupTarget(members, entry.groups[at]),
    );
    entry.epoch = this.#epoch;
    return entry;
  }

  #forgetOldest(): void {
    const oldest = this.#entries.keys().next();
    if (oldest.done !== true) this.#entries.delete(oldest.value);
  }
}

function groupTarget(members: readonly Target[], before: GroupTarget | undefined): GroupTarget {
  return { members, cursor: before === undefined ? 0 : before.cursor % members.length };
}

function createEntry(name: string): TopicEntry {
  return {
    name,
    nameBytes: encoder.encode(name),
    problem: topicProblem(name),
    isReserved: isReservedTopic(name),
    epoch: 0,
    targets: [],
    groups: [],
    wantsTime: false,
    refusedAt: Number.NEGATIVE_INFINITY,
  };
}
