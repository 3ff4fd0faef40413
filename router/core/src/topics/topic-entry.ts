/** A concrete topic with those it goes to, as far as the subscriptions stand. */
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
  /** Whether a subscriber wants to know when messages came in. */
  wantsTime: boolean;
  /** When a publisher was last told of a refusal. */
  refusedAt: number;
}
