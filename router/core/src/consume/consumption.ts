/**
 * All cursors of a router: those of groups and of named consumers by name, and the accounts that bound what they remember. Here
 * cursors begin and end; what they hand out is theirs.
 */
import { Code, packCode, Reason } from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import type { Link } from "../link.ts";
import { bindTopic } from "../topics/bind.ts";
import type { Cursor } from "./cursor.ts";
import type { CursorHost } from "./cursor-host.ts";
import { bury } from "./dead-letter.ts";
import type { Delivery } from "./delivery.ts";
import type { Account } from "./places.ts";
import type { Ending, Reader } from "./reader.ts";

/** Places that the cursors of one link keep together: in so many topics they may be behind at a time. */
export const PLACES_PER_LINK_MAX = 65_536;
/** Places of all groups and named consumers. */
export const SHARED_PLACES_MAX = 1_048_576;

/** Asking whether a key is a member's costs a thirty-second of a delivery. */
const LOOKS_SHIFT = 5;
/** Each of them goes through a thousand topics. */
const RESUMED_PER_TICK = 16;

export interface Consumption {
  readonly host: CursorHost;
  readonly groups: Map<string, Cursor>;
  readonly consumers: Map<string, Cursor>;
  /** Members of groups that take messages as they come, at QoS 0. */
  readonly directGroups: Map<string, number>;
  readonly shared: Account;
  readonly accounts: WeakMap<Link, Account>;
  /** Cursors that stand, and their readers. */
  cursors: number;
  readers: number;
  /** Readers since the start. */
  seeds: number;
}

/** A text and a pattern as one: tokens may hold any character. */
export const nameKey = (pattern: string, name: string): string =>
  `${pattern.length} ${pattern}${name}`;

export function createConsumption(router: () => Core): Consumption {
  const host: CursorHost = {
    get routerId() {
      return router().routerId;
    },
    get store() {
      return router().store;
    },
    get deliveriesMax() {
      return router().limits.deliveries;
    },
    now: () => router().now,
    arm: (timer, dueAt) => router().wheel.arm(timer, dueAt),
    disarm: (timer) => router().wheel.disarm(timer),
    delivered: (isAgain) => {
      const { counters } = router();
      counters.delivered++;
      if (isAgain) counters.redelivered++;
    },
    dropped: ({ link }, topic, count, reason) => {
      const core = router();
      core.counters.dropped += count;
      core.emit({ kind: "dropped", link: link.id, topic, count, reason });
    },
    bind: bindTopic,
    bury: (log, message, reason) => bury(router(), log, message, reason),
    tooSlow: (reader) => endReader(router(), reader, slowConsumer),
    left: (reader) => endReader(router(), reader, done),
    later: (cursor) => void router().later.add(cursor),
    over: (cursor) => forget(router(), cursor),
  };
  return {
    host,
    groups: new Map(),
    consumers: new Map(),
    directGroups: new Map(),
    shared: { places: 0, placesMax: SHARED_PLACES_MAX },
    accounts: new WeakMap(),
    cursors: 0,
    readers: 0,
    seeds: 0,
  };
}

const slowConsumer: Ending = { code: Code.RESOURCE_EXHAUSTED, reason: Reason.SLOW_CONSUMER };
const done: Ending = { code: Code.OK, reason: 0 };

/** The account of the cursors that end with `link`. */
export function accountOf({ accounts }: Consumption, link: Link): Account {
  let account = accounts.get(link);
  if (account === undefined) {
    account = { places: 0, placesMax: PLACES_PER_LINK_MAX };
    accounts.set(link, account);
  }
  return account;
}

/** Begins `cursor`: what is published from now on is its to read. */
export function begin(core: Core, cursor: Cursor): void {
  const { groups, consumers } = core.consumption;
  if (cursor.group !== "") groups.set(nameKey(cursor.pattern, cursor.group), cursor);
  if (cursor.consumer !== "") consumers.set(nameKey(cursor.pattern, cursor.consumer), cursor);
  core.topics.add(cursor);
  core.consumption.cursors++;
}

function forget(core: Core, cursor: Cursor): void {
  if (cursor.isOver) return;
  const { groups, consumers } = core.consumption;
  if (cursor.group !== "") groups.delete(nameKey(cursor.pattern, cursor.group));
  if (cursor.consumer !== "") consumers.delete(nameKey(cursor.pattern, cursor.consumer));
  core.topics.remove(cursor);
  core.later.delete(cursor);
  core.consumption.cursors--;
  cursor.end();
}

/** Lets some of those go on who have more topics to go through; the others have their turn later. */
export function resumeSome({ later }: Core): void {
  let count = 0;
  for (const each of later) {
    if (++count > RESUMED_PER_TICK) return;
    later.delete(each);
    each.resume();
  }
}

/** What the clock says to a delivery, or to a named consumer that nobody is attached to. */
export function timeOver(core: Core, owner: Delivery | Cursor): void {
  if (owner.kind === "delivery") owner.cursor.timeOver(owner);
  else if (owner.readers.length === 0) forget(core, owner);
}

/** Whose link it is that the clock speaks about, if it is anybody's. */
export const linkOf = (owner: Delivery | Cursor): Link | undefined =>
  owner.kind === "delivery" ? owner.reader?.link : undefined;

/** Counts that every key of a group found its member anew. */
export function countRekeyed(core: Core, { keys, readers }: Cursor): void {
  if (keys !== undefined) core.work += (keys.size * readers.length) >>> LOOKS_SHIFT;
}

/** Takes the reader away, without a word to the peer: what it had not settled goes back. */
export function dropReader(core: Core, reader: Reader): void {
  if (reader.isEnded) return;
  const { link, cursor } = reader;
  link.attachments.delete(reader.id);
  core.consumption.readers--;
  cursor.leave(reader);
  countRekeyed(core, cursor);
  core.emit({
    kind: "unsubscribed",
    link: link.id,
    pattern: cursor.pattern,
    group: cursor.group,
  });
}

/** Ends the reader and tells the peer why. */
export function endReader(core: Core, reader: Reader, { code, reason }: Ending): void {
  if (reader.isEnded) return;
  dropReader(core, reader);
  reader.sayUnsubscribed(packCode(code, reason));
}

/** UNSUBSCRIBE: nothing more is sent, and the peer is told when all it has is settled. */
export function letGo(core: Core, reader: Reader): void {
  if (reader.isLeaving) return;
  reader.cursor.stop(reader);
  countRekeyed(core, reader.cursor);
  if (reader.unacked.size === 0) endReader(core, reader, done);
}
