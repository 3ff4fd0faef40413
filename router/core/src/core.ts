/** What the rooms of one router share. It is handed to their functions first; no room keeps it. */
import type { TopicStore } from "@nexus-bridge/router-stores";
import type { CallPool } from "./calls/call.ts";
import type { Random } from "./choose.ts";
import type { Consumption } from "./consume/consumption.ts";
import type { Encodings } from "./encodings/encodings.ts";
import type { RouterEvent } from "./events.ts";
import type { Frame } from "./frame.ts";
import type { RouterLimits } from "./limits.ts";
import type { Expiring, Link } from "./link.ts";
import type { Press } from "./outbox.ts";
import type { Services } from "./resolve/services.ts";
import type { SchemaChecks } from "./schema-check.ts";
import type { Tap } from "./tap.ts";
import type { TimerWheel } from "./timer-wheel.ts";
import type { EventMessage } from "./topics/event.ts";
import type { Lane } from "./topics/lane.ts";
import type { Producers } from "./topics/producers.ts";
import type { Topics } from "./topics/topics.ts";

/** Counters since the router started. */
export interface Counters {
  calls: number;
  callsRefused: number;
  /** All of them, also those that the publisher was not told of one by one. */
  publishesRefused: number;
  /** Connections cut because too many others had not said HELLO. */
  linksRefused: number;
  published: number;
  /** Of them, those that were kept in a ring. */
  stored: number;
  /** Messages of lanes that were held already. */
  duplicates: number;
  delivered: number;
  /** Of them, those that came again since they had not been settled. */
  redelivered: number;
  deadLettered: number;
  dropped: number;
  /** Calls refused since the caller's schema breaks the provider's. */
  schemaRefused: number;
  /** First uses of a method by types that fit with a loss, and by types that no known schema declares. */
  schemaLossy: number;
  schemaUnknown: number;
}

export interface Resumable {
  resume(): void;
}

/** Links that were asked for a sign of life. */
export interface Probes {
  count: number;
  readonly links: Set<Link>;
}

export interface Core extends Press {
  /** The time of the turn, in milliseconds. */
  now: number;
  limits: RouterLimits;
  readonly routerId: Uint8Array;
  readonly version: string;
  readonly random: Random;
  /** The time in microseconds since 1970, for what leaves the router. */
  readonly wallMicros: () => number;
  readonly services: Services;
  readonly topics: Topics;
  /** Those who read topics from the store. */
  readonly consumption: Consumption;
  /** Where topics with positions are kept. */
  readonly store: TopicStore<EventMessage>;
  /** When it is next to let go of what is too old. */
  storeDueAt: number;
  readonly producers: Producers;
  /** Lanes whose messages were taken in this turn and not answered yet. */
  readonly answering: Lane[];
  readonly wheel: TimerWheel<Expiring>;
  readonly calls: CallPool;
  readonly links: Set<Link>;
  /** Those of them that have not said HELLO. */
  readonly greetings: Set<Link>;
  readonly counters: Counters;
  /** Links with credit that was not passed on yet. */
  readonly withholding: Set<Link>;
  /** A frame that waited, while it is written; the one being received is another. */
  readonly released: Frame;
  readonly encodings: Encodings;
  /** Bytes of frames that have not wholly come, of all links. */
  partialBytes: number;
  /** Links that have frames which wait for a later turn; and which turn this is. */
  readonly backlogs: Set<Link>;
  turn: number;
  /** Deliveries that messages were made for, also those that wait or were dropped, and what else costs as much as one. */
  work: number;
  readonly tap: Tap;
  readonly schemas: SchemaChecks;
  readonly probes: Probes;
  /** Those who go through more topics than one turn may take. */
  readonly later: Set<Resumable>;
  readonly emit: (event: RouterEvent) => void;
  isDraining: boolean;
}
