/** What cursors and their readers need of the router: its clock, its timers, its counters and its way to publish. */
import type { TopicLog, TopicStore } from "@nexus-bridge/router-stores";
import type { Link } from "../link.ts";
import type { EventMessage } from "../topics/event.ts";
import type { TopicEntry } from "../topics/topic-entry.ts";
import type { Cursor } from "./cursor.ts";
import type { Delivery } from "./delivery.ts";
import type { Reader } from "./reader.ts";

export interface CursorHost {
  readonly routerId: Uint8Array;
  readonly store: TopicStore<EventMessage>;
  /** Deliveries of one message; then it is dead. */
  readonly deliveriesMax: number;
  now(): number;
  arm(timer: Delivery | Cursor, dueAt: number): void;
  disarm(timer: Delivery | Cursor): void;
  delivered(isAgain: boolean): void;
  /** Messages that `reader` does not get, and was told so. */
  dropped(reader: Reader, topic: string, count: number, reason: number): void;
  /** Binds the topic towards the reader's link; 0 when there is no alias left. */
  bind(link: Link, topic: TopicEntry): number;
  /** Publishes to the dead-letter topic, if the store still has the message; false where there is no room for it now. */
  bury(log: TopicLog<EventMessage>, message: EventMessage | undefined, reason: string): boolean;
  /** The reader asked to be ended rather than to miss anything. */
  tooSlow(reader: Reader): void;
  /** The last of what a leaving reader had is settled. */
  left(reader: Reader): void;
  /** Its walk has gone far enough for one turn: `resume` is called in a later one. */
  later(cursor: Cursor): void;
  /** The cursor's last reader went, and nothing keeps it. */
  over(cursor: Cursor): void;
}
