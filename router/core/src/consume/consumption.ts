/**
 * All cursors of a router: those of groups and of named consumers by name, and the accounts that bound what they remember. Here
 * cursors begin and end; what they hand out is theirs.
 */
import { type Code, encodeFrame, FrameType, packCode, type Reason } from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import type { Link } from "../link.ts";
import { bindTopic } from "../topics/bind.ts";
import type { Cursor, CursorOptions } from "./cursor.ts";
import type { CursorHost } from "./cursor-host.ts";
import { bury } from "./dead-letter.ts";
import type { Account } from "./places.ts";
import type { Reader } from "./reader.ts";

/** Places that the cursors of one link keep together: in so many topics they may be behind at a time. */
export const PLACES_PER_LINK_MAX = 65_536;
/** Places of all groups and named consumers. */
export const SHARED_PLACES_MAX = 1_048_576;

export interface Consumption {
  readonly host: CursorHost;
  readonly groups: Map<string, Cursor>;
  readonly consumers: Map<string, Cursor>;
  /** Members of groups that take messages as they come, at QoS 0. */
  readonly directGroups: Map<string, number>;
  readonly shared: Account;
  readonly accounts: WeakMap<Link, Account>;
  /** Live readers. */
  readers: number;
  /** Readers since the start. */
  seeds: number;
}

/** A text and a pattern as one: tokens may hold any character. */
export const nameKey = (pattern: string, name: string): string =>
  `${pattern.length} ${pattern}${name}`;

export function createConsumption(core: Core): Consumption {
  const host: CursorHost = {
    routerId: core.routerId,
    store: core.store,
    get deliveriesMax() {
      return core.limits.deliveries;
    },
    now: () => core.now,
    arm: (timer, dueAt) => core.wheel.arm(timer, dueAt),
    disarm: (timer) => core.wheel.disarm(timer),
    delivered: (isAgain) => {
      core.counters.delivered++;
      if (isAgain) core.counters.redelivered++;
    },
    dropped: ({ link }, topic, count, reason) => {
      core.counters.dropped += count;
      core.emit({ kind: "dropped", link: link.id, topic, count, reason });
    },
    bind: bindTopic,
    bury: (log, message, reason) => bury(core, log, message, reason),
    tooSlow: (reader) => endReader(core, reader, slowConsumer),
    left: (reader) => endReader(core, reader, { code: 0, reason: 0 }),
    over: (cursor) => forget(core, cursor),
  };
  return {
    host,
    groups: new Map(),
    consumers: new Map(),
    directGroups: new Map(),
    shared: { places: 0, placesMax: SHARED_PLACES_MAX },
    accounts: new WeakMap(),
    readers: 0,
    seeds: 0,
  };
}
