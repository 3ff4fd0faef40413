/** Frames of a live subscription, of either kind: one that takes messages as they come, and one that reads them from the store. */
import {
  Code,
  EventAckKind,
  Flag,
  FrameType,
  type ReplayRequest,
  readCredit,
  readEventAck,
  readReplay,
  readUtf8,
} from "@nexus-bridge/protocol";
import { endReader, letGo } from "../consume/consumption.ts";
import type { Reader } from "../consume/reader.ts";
import { ReplayLine } from "../consume/replay-line.ts";
import { matcher } from "../consume/walk.ts";
import type { Core } from "../core.ts";
import { type FrameFault, payloadFault, protocolError } from "../faults.ts";
import type { Frame } from "../frame.ts";
import type { Link } from "../link.ts";
import { checkMeta, metaFields } from "../meta-check.ts";
import { isAhead } from "../stream-table.ts";
import { endSubscription } from "../topics/subscribe.ts";
import type { Subscription } from "../topics/subscription.ts";
import { idleFault } from "./link-frames.ts";

/** What is ended this soon after its opening counts as a frame that does nothing. */
const SHORT_LIVED_MS = 1000;

export function shortLived(core: Core, link: Link, openedAt: number): FrameFault | undefined {
  return core.now - openedAt < SHORT_LIVED_MS ? idleFault(core, link) : undefined;
}

/** CREDIT, in messages alone. */
export function creditFrame(
  core: Core,
  to: Subscription | Reader,
  frame: Frame,
): FrameFault | undefined {
  const damage = payloadFault(frame);
  if (damage !== undefined) return damage;
  const read = readCredit(frame.view, frame.payloadStart, frame.end);
  if (read.kind === "fault") return protocolError(read.message);
  return to.raise(read.payload.messages) ? undefined : idleFault(core, to.link);
}

export function subscriptionFrame(
  core: Core,
  to: Subscription | Reader,
  frame: Frame,
): FrameFault | undefined {
  switch (frame.type) {
    case FrameType.UNSUBSCRIBE:
      return unsubscribe(core, to);
    case FrameType.EVACK:
      return acknowledge(core, to, frame);
    case FrameType.REPLAY:
      return replay(core, to, frame);
    default:
      return protocolError("the frame is not for a subscription");
  }
}

function unsubscribe(core: Core, to: Subscription | Reader): FrameFault | undefined {
  const { link, openedAt } = to;
  if (to.kind === "subscription") endSubscription(core, to, Code.OK, 0);
  else if (to.isLeaving) return idleFault(core, link);
  else letGo(core, to);
  return shortLived(core, link, openedAt);
}

function acknowledge(core: Core, to: Subscription | Reader, frame: Frame): FrameFault | undefined {
  const damage = payloadFault(frame);
  if (damage !== undefined) return damage;
  const read = readEventAck(frame.view, frame.payloadStart, frame.end);
  if (read.kind === "fault") return protocolError(read.message);
  const { kind, delayMs } = read.payload;
  const upTo = (frame.flags & Flag.END) !== 0;
  // Settles nothing, so that the next one looks at all of them again.
  if (upTo && kind === EventAckKind.PROGRESS && to.kind === "reader") core.work += to.unacked.size;
  const wasSent =
    to.kind === "reader"
      ? to.acknowledge({ number: frame.arg, upTo, kind, delayMs })
      : !isAhead(frame.arg, to.sent >>> 0);
  if (wasSent) return undefined;
  return protocolError(`EVACK of delivery ${frame.arg}, which was not sent yet`);
}

function replay(core: Core, to: Subscription | Reader, frame: Frame): FrameFault | undefined {
  const damage = payloadFault(frame);
  if (damage !== undefined) return damage;
  const read = readReplay(frame.view, frame.payloadStart, frame.end);
  if (read.kind === "fault") return protocolError(read.message);
  if (to.kind === "reader" && to.isLeaving) return undefined;
  const code = addReplay(core, to, frame, read.payload);
  if (code === Code.OK) return undefined;
  if (to.kind === "subscription") endSubscription(core, to, code, 0);
  else endReader(core, to, { code, reason: 0 });
  return undefined;
}

function addReplay(
  core: Core,
  to: Subscription | Reader,
  frame: Frame,
  asked: ReplayRequest,
): Code {
  const topic = topicOf(to.link, frame);
  const pattern = to.kind === "reader" ? to.cursor.pattern : to.pattern;
  if (typeof topic !== "string") return topic;
  if (!matcher(pattern)(topic)) return Code.INVALID_ARGUMENT;
  to.replays ??= new ReplayLine();
  if (!to.replays.add(topic, core.store.find(topic), asked)) return Code.RESOURCE_EXHAUSTED;
  to.wake();
  return Code.OK;
}

/** The topic that the frame names, or why it names none. */
function topicOf(link: Link, frame: Frame): string | Code {
  const fault = checkMeta(frame);
  if (fault !== undefined) return fault.code;
  if (frame.route !== 0) {
    const bound = metaFields.hasName ? undefined : link.inboundAliases.get(frame.route);
    return bound?.name ?? Code.INVALID_ARGUMENT;
  }
  if (!metaFields.hasName) return Code.INVALID_ARGUMENT;
  const name = readUtf8(frame.bytes, metaFields.nameStart, metaFields.nameEnd);
  return name ?? Code.INVALID_ARGUMENT;
}
