/** Messages that a subscriber does not get, as GAP tells of them. */
import type { EventMessage } from "./event.ts";

/** What GAP holds of a count. */
const COUNT_MAX = 0xffffffff;

export interface Hole {
  readonly epoch: number;
  /** Both inclusive; 0 and 0 where the messages have no positions, or those of several epochs. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly reason: number;
}

/** One that grows in place while messages go on being dropped. */
export type OpenHole = { -readonly [Field in keyof Hole]: Hole[Field] };

/** Adds `message` to `hole`, in which only messages of its topic are. */
export function widen(hole: OpenHole, { epoch, sequence }: EventMessage): void {
  if (hole.count < COUNT_MAX) hole.count++;
  if (epoch === hole.epoch && hole.from > 0) {
    hole.to = sequence;
    return;
  }
  hole.epoch = 0;
  hole.from = 0;
  hole.to = 0;
}

export const holeOf = ({ epoch, sequence }: EventMessage, reason: number): OpenHole => ({
  epoch,
  from: sequence,
  to: sequence,
  count: 1,
  reason,
});

/** Messages without a position. */
export const nowhere = (count: number, reason: number): OpenHole => ({
  epoch: 0,
  from: 0,
  to: 0,
  count: Math.min(COUNT_MAX, count),
  reason,
});

/** Both as one, with the reason of the first: from the first position to the last, where they are of one epoch. */
export function joined(first: Hole, second: Hole): OpenHole {
  const count = Math.min(COUNT_MAX, first.count + second.count);
  if (first.epoch !== second.epoch || first.from === 0 || second.from === 0) {
    return nowhere(count, first.reason);
  }
  const from = Math.min(first.from, second.from);
  return { ...first, from, to: Math.max(first.to, second.to), count };
}

/** One topic's messages counted with another's, since so many topics cannot be told apart. */
export const merged = (first: Hole, second: Hole): OpenHole =>
  nowhere(first.count + second.count, first.reason);
