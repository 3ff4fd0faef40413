/**
 * Turns are shared: a link whose frames make so many deliveries, or so much work like theirs, that others would wait gets its
 * share of the turn, and what it sent besides waits for the next ones. Nothing more is read from it meanwhile.
 */
import type { Core } from "../core.ts";
import { Fifo } from "../fifo.ts";
import { copyFrame, type Frame } from "../frame.ts";
import type { Link } from "../link.ts";

/** Deliveries that the links with a backlog may make in one turn, together; about five milliseconds. */
export const DELIVERIES_PER_TURN = 20_000;
/** What each of them may in any case. */
const DELIVERIES_MIN = 100;

export interface Backlog {
  /** Whole frames, in their order. */
  readonly frames: Fifo<Uint8Array>;
  bytes: number;
}

/** Counts what a frame of `link` made the router do. */
export function spend(core: Core, link: Link, deliveries: number): void {
  if (link.spentTurn !== core.turn) {
    link.spentTurn = core.turn;
    link.spent = 0;
  }
  link.spent += deliveries;
}

/** Whether the next frame of `link` has to wait. */
export function mustWait(core: Core, link: Link): boolean {
  return link.backlog !== undefined || isSpent(core, link);
}

function isSpent(core: Core, link: Link): boolean {
  if (link.spentTurn !== core.turn) return false;
  const share = DELIVERIES_PER_TURN / Math.max(1, core.backlogs.size);
  return link.spent >= Math.max(DELIVERIES_MIN, share);
}

/** Keeps a copy of `frame` for a later turn. */
export function postpone(core: Core, link: Link, frame: Frame): void {
  if (link.backlog === undefined) {
    link.backlog = { frames: new Fifo(), bytes: 0 };
    core.backlogs.add(link);
    link.channel.pause();
    core.requestFlush();
  }
  const bytes = copyFrame(frame);
  link.backlog.frames.push(bytes);
  link.backlog.bytes += bytes.length;
  core.partialBytes += bytes.length;
}

/** Begins a turn: gives each backlog its share of it. `handle` takes one frame, and may end the link. */
export function workOff(core: Core, handle: (link: Link, bytes: Uint8Array) => void): void {
  core.turn++;
  if (core.backlogs.size === 0) return;
  for (const link of [...core.backlogs]) {
    // Its silence is the router's doing.
    link.receivedAt = core.now;
    if (link.partialSince !== Number.POSITIVE_INFINITY) link.partialSince = core.now;
    for (;;) {
      const bytes = isSpent(core, link) ? undefined : link.backlog?.frames.shift();
      if (bytes === undefined || link.backlog === undefined) break;
      link.backlog.bytes -= bytes.length;
      core.partialBytes -= bytes.length;
      handle(link, bytes);
    }
    if (link.backlog?.frames.length === 0) dropBacklog(core, link);
  }
  if (core.backlogs.size > 0) core.requestFlush();
}

/** Forgets what waits, if anything does, and reads on. */
export function dropBacklog(core: Core, link: Link): void {
  if (link.backlog === undefined) return;
  core.partialBytes -= link.backlog.bytes;
  link.backlog = undefined;
  core.backlogs.delete(link);
  link.channel.resume();
}
