/**
 * What is kept of a subscription's topics when it begins: how many retained values, the positions it begins at, and what of the
 * positions it asks for is gone.
 */
import { GapReason, limits, type wire } from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import { ttlLeft } from "../topics/event.ts";
import type { Hole } from "../topics/hole.ts";
import type { Cursor } from "./cursor.ts";
import type { Places } from "./places.ts";
import { beginning, matcher, prefixOf, type Start } from "./walk.ts";

/** Positions that SUBSCRIBED names; in as many topics a cursor begins at once, in further ones when it gets there. */
export const POSITIONS_MAX: number = limits.subscribedPositions;
/** Kept topics looked at for that, and for the count of retained values. */
const LOOKED_AT_MAX = 2000;

export interface Survey {
  readonly positions: wire.PositionInit[];
  /** Positions that were asked for in topics that are not kept. */
  readonly holes: { readonly topic: string; readonly hole: Hole }[];
  retainedCount: number;
}

export interface Look {
  readonly pattern: string;
  /** Where the cursor is; a subscription without one takes what comes. */
  readonly places: Places | undefined;
  readonly start: Start | undefined;
  readonly replayMax: number;
  readonly wantsRetained: boolean;
  readonly begun: Set<string>;
}

/** Begins in the first topics that match and counts retained values; whether those were all. */
export function lookAround(core: Core, look: Look, first: Survey): boolean {
  const { pattern, places, start, replayMax, wantsRetained, begun } = look;
  const matches = matcher(pattern);
  const prefix = prefixOf(pattern);
  const isConcrete = prefix === pattern;
  let looked = 0;
  for (const log of core.store.from(prefix)) {
    const { topic, retained } = log;
    if (!topic.startsWith(prefix) || (isConcrete && topic !== pattern)) return true;
    core.work++;
    if (++looked > LOOKED_AT_MAX || first.positions.length >= POSITIONS_MAX) return false;
    if (!matches(topic)) continue;
    const isNamed = begun.has(topic);
    const known = places?.find(topic);
    const at = known?.next ?? beginning(log, start, replayMax) ?? log.next;
    if (!isNamed && known === undefined && at < log.next) {
      places?.begin(log, at, core.now);
      begun.add(topic);
    }
    if (!isNamed) first.positions.push({ topic, epoch: log.epoch, sequence: BigInt(at) });
    const isThere = retained !== undefined && ttlLeft(retained.message, core.now) > 0;
    const comesAnyway = isThere && retained.sequence >= Math.max(at, log.first);
    if (wantsRetained && isThere && !comesAnyway) first.retainedCount++;
  }
  return true;
}

/** Begins in each topic that is named, and notes what is missing there. */
export function beginAtPositions(
  core: Core,
  cursor: Cursor,
  asked: wire.Subscribe,
  begun: Set<string>,
  first: Survey,
): void {
  const most = asked.replayLimit === 0 ? Number.POSITIVE_INFINITY : asked.replayLimit;
  for (const { topic, epoch, sequence: asSent } of asked.start?.positions ?? []) {
    const sequence = Number(asSent);
    begun.add(topic);
    const log = core.store.find(topic);
    if (log === undefined) {
      const hole = { epoch: 0, from: 0, to: 0, count: 0, reason: GapReason.RESET };
      first.holes.push({ topic, hole });
      continue;
    }
    const isReset = log.epoch !== epoch || sequence > log.next;
    const wanted = isReset ? log.first : Math.max(1, sequence);
    const at = Math.max(wanted, log.first, log.next - most);
    const place = cursor.places.begin(log, at, core.now);
    if (place === undefined) continue;
    if (isReset) {
      place.hole = { epoch: log.epoch, from: 0, to: 0, count: 0, reason: GapReason.RESET };
    } else if (at > wanted) place.lose(wanted, at - 1, GapReason.RESUME);
    if (first.positions.length < POSITIONS_MAX) {
      first.positions.push({ topic, epoch: log.epoch, sequence: BigInt(at) });
    }
  }
}
