/** A concrete topic with those it goes to, as far as the subscriptions stand. */
import type { TopicLog } from "@nexus-bridge/router-stores";
import type { EventMessage } from "./event.ts";
import type { Subscription } from "./subscription.ts";

/** A subscription that a topic reaches, and the topic's alias towards its link. */
export interface Target {
  readonly topic: TopicEntry;
  readonly subscription: Subscription;
  /** 0 until the topic proved to come again; then the name is not sent any more. */
  alias: number;
  /** Whether an event of this topic has been sent without alias. */
  isSeen: boolean;
}

/** Members of one queue group, of which one gets each event. */
export interface GroupTarget {
  readonly members: readonly Target[];
  cursor: number;
}

/** Who reads its topics from their logs, and wants to hear of what was added. Such topics have a ring. */
export interface TopicCursor {
  readonly kind: "cursor";
  readonly pattern: string;
  /** The message before `log.next` is new. */
  appended(log: TopicLog<EventMessage>): void;
}

export interface TopicEntry {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  /** Why it cannot be published to. */
  readonly problem: string | undefined;
  readonly isReserved: boolean;
  /** The epoch of the subscriptions for which the targets hold. */
  epoch: number;
  targets: readonly Target[];
  groups: readonly GroupTarget[];
  cursors: readonly TopicCursor[];
  /** Whether its messages are kept from the first on, since the operator or a cursor wants it. */
  wantsRing: boolean;
  /** Its log, as of `logChanges` of the store; undefined while it has no positions. */
  log: TopicLog<EventMessage> | undefined;
  logChanges: number;
  /** Whether a subscriber wants to know when messages came in. */
  wantsTime: boolean;
  /** When a publisher was last told of a refusal. */
  refusedAt: number;
}

/** The topic of a message that has none yet. */
export const nowhere: TopicEntry = {
  name: "",
  nameBytes: new Uint8Array(0),
  problem: undefined,
  isReserved: false,
  epoch: 0,
  targets: [],
  groups: [],
  cursors: [],
  wantsRing: false,
  log: undefined,
  logChanges: -1,
  wantsTime: false,
  refusedAt: 0,
};
