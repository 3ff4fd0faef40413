/**
 * Going away in order: the peer is told twice, first that it shall stop, then up to which stream its openings counted. What is
 * in flight ends by itself, or at the end of the grace.
 */
import {
  Code,
  encodeFrame,
  FrameType,
  HEARTBEAT_BYTES,
  LinkCode,
  packCode,
  Reason,
  wire,
} from "@nexus-bridge/protocol";
import { endCall, sayUnregistered } from "../calls/end.ts";
import { endReader } from "../consume/consumption.ts";
import type { Core } from "../core.ts";
import type { Link } from "../link.ts";
import { isAhead } from "../stream-table.ts";
import { endLane } from "../topics/lane.ts";
import { endSubscription } from "../topics/subscribe.ts";
import { failLink, finishLink } from "./closed.ts";
import { enter } from "./transitions.ts";

const NO_LIMIT = 0xffffffff;
/** What the field of GOAWAY holds. */
const GRACE_MS_MAX = 0xffffffff;
/** How long the peer's PONG is waited for. */
const SECOND_GOAWAY_MS = 1000;

export function beginDrain(core: Core, link: Link, graceMs: number): void {
  if (link.state === "greeting") {
    failLink(core, link, LinkCode.SHUTTING_DOWN, "the router is going away");
    return;
  }
  if (link.state !== "open") return;
  enter(link, "draining");
  link.goAwayAt = core.now + SECOND_GOAWAY_MS;
  link.outbox.say(goAwayFrame(NO_LIMIT, graceMs));
  link.outbox.say(encodeFrame({ type: FrameType.PING, payload: new Uint8Array(HEARTBEAT_BYTES) }));
}

/** The second GOAWAY: what the peer opens from here on is ignored. */
export function sayLastAccepted(link: Link): void {
  if (link.lastAccepted !== undefined) return;
  link.lastAccepted = link.highestInbound;
  // A peer that has opened nothing yet is told 0.
  const last = isAhead(link.highestInbound, 0) ? link.highestInbound : 0;
  link.outbox.say(goAwayFrame(last, 0));
}

function goAwayFrame(lastStream: number, graceMs: number): Uint8Array {
  return encodeFrame({
    type: FrameType.GOAWAY,
    arg: LinkCode.SHUTTING_DOWN,
    payload: wire.GoAway.encode({
      lastStream,
      graceMs: Math.min(Math.ceil(graceMs), GRACE_MS_MAX),
      reason: "the router is going away",
    }),
  });
}

/** Whether an opening frame on `id` came too late to be looked at. */
export const isIgnored = (link: Link, id: number): boolean =>
  link.lastAccepted !== undefined && isAhead(id, link.lastAccepted);

/** Goes on with draining; true once every link has been closed. */
export function advanceDrain(core: Core, drainUntil: number): boolean {
  const links = [...core.links].filter((link) => link.state === "draining");
  for (const link of links) if (link.goAwayAt <= core.now) sayLastAccepted(link);
  const isTold = links.every((link) => link.lastAccepted !== undefined);
  const isQuiet = isTold && core.calls.live === 0 && core.backlogs.size === 0;
  if (!isQuiet && core.now < drainUntil) return false;
  for (const link of links) stopReaders(link);
  for (const link of links) endOpen(core, link);
  for (const link of links) {
    finishLink(core, link, LinkCode.SHUTTING_DOWN, "the router is going away");
  }
  return true;
}

/** What one reader gives back is not to be sent to the next, which ends as well. */
function stopReaders(link: Link): void {
  for (const attachment of link.attachments.values()) {
    if (attachment.kind === "reader") attachment.cursor.stop(attachment);
  }
}

function endOpen(core: Core, link: Link): void {
  const ending = {
    code: Code.UNAVAILABLE,
    reason: Reason.SHUTTING_DOWN,
    message: "the router went away before the call was over",
  } as const;
  for (const call of link.inbound.all()) endCall(core, call, ending);
  for (const attachment of [...link.attachments.values()]) {
    switch (attachment.kind) {
      case "subscription":
        endSubscription(core, attachment, Code.UNAVAILABLE, Reason.SHUTTING_DOWN);
        break;
      case "reader":
        endReader(core, attachment, { code: Code.UNAVAILABLE, reason: Reason.SHUTTING_DOWN });
        break;
      case "registration":
        core.services.remove(attachment);
        sayUnregistered(core, attachment, packCode(Code.UNAVAILABLE, Reason.SHUTTING_DOWN));
        break;
      case "lane":
        endLane(core, attachment);
        break;
    }
  }
}
