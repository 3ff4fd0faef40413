/** PUBLISH on stream 0: the way of a message without acknowledgement to every subscription that its topic reaches. */
import { Code, crc32, Flag, Offset, qosOf, Reason, readUtf8 } from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import { makePlain } from "../encodings/topics.ts";
import type { Frame } from "../frame.ts";
import type { Link } from "../link.ts";
import { checkMeta, metaFields } from "../meta-check.ts";
import { fingerprintOf } from "../schema-check.ts";
import { deliver } from "./deliver.ts";
import { createEventMessage, type EventMessage, fillMessage } from "./event.ts";
import { isKept, keepMessage } from "./keeping.ts";
import { invalid, isRefusal, type Refusal, refuse } from "./refusals.ts";
import { nowhere, type TopicEntry } from "./topic-entry.ts";
import { learnTopicType } from "./topic-types.ts";

/** Filled anew for every frame; who keeps a message copies it. */
const message: EventMessage = createEventMessage(nowhere);

/** A message without acknowledgement. */
export function publish(core: Core, link: Link, frame: Frame): void {
  const topic = checkMeta(frame) ?? resolveTopic(core, link, frame);
  if (isRefusal(topic)) {
    refuse(core, link, frame, undefined, topic);
    return;
  }
  const refusal = admit(topic, frame) ?? laneMissing(frame) ?? send(core, link, topic, frame);
  if (refusal !== undefined) refuse(core, link, frame, topic, refusal);
}

/** Where the message of `frame` has gone; its position, if it has one. Valid until the next one. */
export const position: Readonly<Pick<EventMessage, "epoch" | "sequence">> = message;

/** Gives a message that was admitted on its way; why it could not go otherwise. */
export function send(core: Core, link: Link, topic: TopicEntry, frame: Frame): Refusal | undefined {
  const fault = fillMessage(message, topic, frame);
  if (fault !== undefined) return fault;
  if (metaFields.fingerprintStart !== 0) {
    learnTopicType(core, link, topic.name, fingerprintOf(frame));
  }
  const { targets, groups, cursors } = topic;
  const isRetained = (frame.flags & Flag.RETAIN) !== 0;
  if (isKept(core, topic, message, isRetained)) {
    if (!isIntact(frame)) return damaged;
    const unread = makePlain(core, link, message);
    if (unread !== undefined) return unread;
    const refusal = keepMessage(core, topic, message, isRetained, link);
    if (refusal !== undefined) return refusal;
  } else if (targets.length > 0 || groups.length > 0) {
    message.receivedAt = core.now;
    if (topic.wantsTime) message.ingressMicros = core.wallMicros();
    deliver(core, topic, message, link);
  }
  core.counters.published++;
  if (core.tap.seesMessages) {
    const receivers = targets.length + groups.length + cursors.length;
    core.tap.published(link.id, message, receivers, frame);
  }
  return undefined;
}

/** The topic that the frame names, whose meta was checked last. */
export function resolveTopic(core: Core, link: Link, frame: Frame): TopicEntry | Refusal {
  if (frame.route === 0) {
    if (!metaFields.hasName) return invalid("PUBLISH names no topic");
    const name = readUtf8(frame.bytes, metaFields.nameStart, metaFields.nameEnd);
    if (name === undefined) return invalid("the topic is not UTF-8");
    return core.topics.entry(name);
  }
  if (metaFields.hasName) return invalid("PUBLISH names its topic by alias and in meta");
  const bound = link.inboundAliases.get(frame.route);
  if (bound === undefined) return invalid(`alias ${frame.route} is not bound`);
  if (bound.topic === undefined) bound.topic = core.topics.entry(bound.name);
  return core.topics.refresh(bound.topic);
}

/** What speaks against a message to `topic`, on a lane or off it. */
export function admit(topic: TopicEntry, frame: Frame): Refusal | undefined {
  if (topic.problem !== undefined) return invalid(topic.problem);
  if (topic.isReserved) {
    return {
      code: Code.PERMISSION_DENIED,
      message: `only routers publish to ${topic.name}: topics that begin with $ are theirs`,
    };
  }
  if (frame.hops === 0) {
    return {
      code: Code.UNAVAILABLE,
      reason: Reason.HOPS_EXCEEDED,
      message: "the message went through too many routers",
    };
  }
  return undefined;
}

const laneMissing = (frame: Frame): Refusal | undefined =>
  qosOf(frame.class) === 0 ? undefined : invalid("QoS 1 and 2 need a lane, not stream 0");

const damaged: Refusal = {
  code: Code.DATA_LOSS,
  reason: Reason.PAYLOAD_CRC,
  message: "the payload's checksum is wrong",
};

/** What is stored outlives its sender: damage is found before, not by those who read it later. */
function isIntact({ bytes, view, start, payloadStart, end }: Frame): boolean {
  return crc32(bytes, payloadStart, end) === view.getUint32(start + Offset.payloadCrc);
}
