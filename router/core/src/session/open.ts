/**
 * Frames of a link that is welcome: each goes to the room of its type. Here ids are taken and looked up; what a frame means is
 * said elsewhere.
 */
import {
  Code,
  limits as constants,
  FrameType,
  type FrameVerdict,
  frameTypeName,
  isLinkType,
  LinkCode,
} from "@nexus-bridge/protocol";
import type { Call } from "../calls/call.ts";
import { answer, cancel, credit, data, failCall } from "../calls/frames.ts";
import { openCall, refuse as refuseOpen } from "../calls/open.ts";
import { endReader } from "../consume/consumption.ts";
import type { Core } from "../core.ts";
import { encodingOf, isEncoded, notAgreed, reads } from "../encodings/transcode.ts";
import { type FrameFault, protocolError } from "../faults.ts";
import type { Frame } from "../frame.ts";
import { type Attachment, type Link, streamsOf } from "../link.ts";
import { checkMeta, metaFields } from "../meta-check.ts";
import { isAhead } from "../stream-table.ts";
import { type Lane, openLane } from "../topics/lane.ts";
import { publishOnLane } from "../topics/lane-publish.ts";
import { writePublishAck } from "../topics/puback.ts";
import { publish } from "../topics/publish.ts";
import { type Refusal, refuse as refusePublish, tellRefused } from "../topics/refusals.ts";
import { endSubscription, refuseSubscribe, subscribe } from "../topics/subscribe.ts";
import type { SubscriptionHost } from "../topics/subscription.ts";
import { isIgnored } from "./draining.ts";
import { idleFault, linkFrame } from "./link-frames.ts";
import { refuseRegister, register, unregister } from "./register.ts";
import { creditFrame, shortLived, subscriptionFrame } from "./subscription-frames.ts";

/** Handles a frame whose header holds by itself. */
export function openFrame(
  core: Core,
  host: SubscriptionHost,
  link: Link,
  frame: Frame,
): FrameFault | undefined {
  switch (frame.type) {
    case FrameType.OPEN:
      return open(core, link, frame);
    case FrameType.DATA:
    case FrameType.STATUS:
    case FrameType.HEADERS:
    case FrameType.CANCEL:
    case FrameType.CREDIT:
      return streamFrame(core, link, frame);
    case FrameType.PUBLISH:
      return publication(core, link, frame);
    case FrameType.SUBSCRIBE: {
      const fault = takeId(link, frame);
      if (fault !== undefined || isIgnored(link, frame.stream)) return fault;
      return subscribe(core, host, link, frame);
    }
    case FrameType.REGISTER: {
      const fault = takeId(link, frame);
      if (fault !== undefined || isIgnored(link, frame.stream)) return fault;
      return register(core, link, frame);
    }
    case FrameType.UNSUBSCRIBE:
    case FrameType.UNREGISTER:
    case FrameType.EVACK:
    case FrameType.REPLAY:
      return attachmentFrame(core, link, frame);
    default:
      if (isLinkType(frame.type)) return linkFrame(core, link, frame);
      return protocolError(`${frameTypeName(frame.type)} is not for a router`);
  }
}

/** The frame opens a stream of the peer: odd, and ahead of all before. */
function takeId(link: Link, frame: Frame): FrameFault | undefined {
  const id = frame.stream;
  if ((id & 1) === 1 && isAhead(id, link.highestInbound)) {
    link.highestInbound = id;
    return undefined;
  }
  const why = (id & 1) === 0 ? "whose parity is the router's" : "which was opened before";
  return protocolError(`${frameTypeName(frame.type)} on stream ${id}, ${why}`);
}

function open(core: Core, link: Link, frame: Frame): FrameFault | undefined {
  const fault = takeId(link, frame);
  if (fault !== undefined) return fault;
  if (frame.payloadLength > constants.fragmentBytes) return tooLarge(frame);
  if (isIgnored(link, frame.stream)) return undefined;
  return openCall(core, link, frame);
}

const tooLarge = (frame: Frame): FrameFault => ({
  code: LinkCode.FRAME_TOO_LARGE,
  message: `${frameTypeName(frame.type)} with ${frame.payloadLength} bytes, ${constants.fragmentBytes} are allowed`,
});

function streamFrame(core: Core, link: Link, frame: Frame): FrameFault | undefined {
  const isRequester = (frame.stream & 1) === 1;
  const call = isRequester ? link.inbound.get(frame.stream) : link.outbound.get(frame.stream);
  if (call === undefined) return noCallFrame(core, link, frame);
  switch (frame.type) {
    case FrameType.DATA:
      if (frame.payloadLength > constants.fragmentBytes) return tooLarge(frame);
      data(core, call, isRequester ? call.request : call.response, frame);
      return undefined;
    case FrameType.CREDIT:
      return creditCall(core, link, call, isRequester, frame);
    case FrameType.CANCEL:
      cancel(core, link, call, frame);
      return undefined;
    default:
      if (isRequester) return protocolError(`${frameTypeName(frame.type)} from a requester`);
      answer(core, call, frame);
      return undefined;
  }
}

function creditCall(
  core: Core,
  link: Link,
  call: Call,
  isRequester: boolean,
  frame: Frame,
): FrameFault | undefined {
  const rose = credit(core, isRequester ? call.response : call.request, frame);
  if (typeof rose !== "boolean") return rose;
  return rose ? undefined : idleFault(core, link);
}

/** A frame of a call on an id that is no live call. */
function noCallFrame(core: Core, link: Link, frame: Frame): FrameFault | undefined {
  const { stream, type } = frame;
  const attachment = link.attachments.get(stream);
  if (attachment !== undefined) {
    const isSubscription = attachment.kind === "subscription" || attachment.kind === "reader";
    if (!isSubscription || type !== FrameType.CREDIT) return wrongType(frame);
    return creditFrame(core, attachment, frame);
  }
  const fault = neverOpened(link, frame);
  if (fault !== undefined) return fault;
  return type === FrameType.CANCEL || type === FrameType.CREDIT ? idleFault(core, link) : undefined;
}

function neverOpened(link: Link, { stream, type }: Frame): FrameFault | undefined {
  const highest = (stream & 1) === 1 ? link.highestInbound : link.highestOutbound;
  if (!isAhead(stream, highest)) return undefined;
  return protocolError(`${frameTypeName(type)} on stream ${stream}, which was never opened`);
}

const wrongType = ({ stream, type }: Frame): FrameFault =>
  protocolError(`${frameTypeName(type)} on stream ${stream}, which is of another kind`);

/** PUBLISH, against which its header alone may say something. */
function publication(
  core: Core,
  link: Link,
  frame: Frame,
  verdict?: Refusal,
): FrameFault | undefined {
  const isAgreed = !isEncoded(frame) || reads(link, encodingOf(frame));
  const refusal = verdict ?? (isAgreed ? undefined : notAgreed);
  if (frame.stream === 0) {
    if (refusal === undefined) publish(core, link, frame);
    else refusePublish(core, link, frame, undefined, refusal);
    return undefined;
  }
  const lane = link.attachments.get(frame.stream) ?? newLane(core, link, frame);
  if (lane === undefined) return undefined;
  if ("code" in lane) return lane;
  if (lane.kind !== "lane") return wrongType(frame);
  publishOnLane(core, lane, frame, refusal);
  return undefined;
}

/** The lane that the frame opens, if it may; what comes on one that is over is dropped. */
function newLane(core: Core, link: Link, frame: Frame): Lane | FrameFault | undefined {
  const { stream } = frame;
  const isOdd = (stream & 1) === 1;
  if (isOdd && !isAhead(stream, link.highestInbound) && link.inbound.get(stream) === undefined) {
    return opensAgain(frame) ? takeId(link, frame) : undefined;
  }
  const fault = takeId(link, frame);
  if (fault !== undefined || isIgnored(link, stream)) return fault;
  if (streamsOf(link) < link.streamsMax) return openLane(link, frame);
  const refusal: Refusal = {
    code: Code.RESOURCE_EXHAUSTED,
    message: `the link has ${link.streamsMax} streams open, the most it may`,
  };
  writePublishAck(link, { ...frame, route: 0, code: refusal.code, epoch: 0, sequence: 0 });
  tellRefused(core, link, undefined, refusal, stream);
  return undefined;
}

/** A PUBLISH that names its producer opens a lane; others go on with one. */
const opensAgain = (frame: Frame): boolean =>
  checkMeta(frame) === undefined && metaFields.hasProducer;

function attachmentFrame(core: Core, link: Link, frame: Frame): FrameFault | undefined {
  const attachment = link.attachments.get(frame.stream);
  if (attachment === undefined) {
    if (link.inbound.get(frame.stream) !== undefined) return wrongType(frame);
    return neverOpened(link, frame);
  }
  if (frame.type === FrameType.UNREGISTER) {
    if (attachment.kind !== "registration") return wrongType(frame);
    unregister(core, attachment);
    return shortLived(core, link, attachment.openedAt);
  }
  if (attachment.kind !== "subscription" && attachment.kind !== "reader") return wrongType(frame);
  return subscriptionFrame(core, attachment, frame);
}

/** Acts on what can be said against a frame by its header alone. */
export function applyVerdict(
  core: Core,
  link: Link,
  frame: Frame,
  verdict: FrameVerdict,
): FrameFault | undefined {
  switch (verdict.kind) {
    case "ignore":
      return undefined;
    case "link":
      return verdict;
    case "refusal":
      return refuseFrame(core, link, frame, verdict);
  }
}

function refuseFrame(
  core: Core,
  link: Link,
  frame: Frame,
  refusal: { readonly code: Code; readonly message: string },
): FrameFault | undefined {
  const { type } = frame;
  if (type === FrameType.PUBLISH) return publication(core, link, frame, refusal);
  if (type === FrameType.OPEN || type === FrameType.SUBSCRIBE || type === FrameType.REGISTER) {
    const fault = takeId(link, frame);
    if (fault !== undefined || isIgnored(link, frame.stream)) return fault;
    if (type === FrameType.OPEN) refuseOpen(core, link, frame, refusal);
    else if (type === FrameType.SUBSCRIBE) refuseSubscribe(core, link, frame, "", refusal);
    else refuseRegister(core, link, frame, "", refusal);
    return undefined;
  }
  const asked = link.inbound.get(frame.stream);
  const call = asked ?? link.outbound.get(frame.stream);
  if (call !== undefined) {
    failCall(core, call, asked !== undefined, refusal);
    return undefined;
  }
  const attachment: Attachment | undefined = link.attachments.get(frame.stream);
  if (attachment === undefined) return neverOpened(link, frame);
  if (attachment.kind === "subscription") endSubscription(core, attachment, refusal.code, 0);
  else if (attachment.kind === "reader") {
    endReader(core, attachment, { code: refusal.code, reason: 0 });
  } else if (attachment.kind === "registration") unregister(core, attachment);
  return undefined;
}
