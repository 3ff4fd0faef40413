/** PUBLISH: the way of a message from its publisher to every subscription that its topic reaches. */
import {
  Code,
  encodeFrame,
  encodePublishAck,
  Flag,
  FrameType,
  GapReason,
  packCode,
  qosOf,
  Reason,
  readUtf8,
} from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import { type FrameFault, protocolError } from "../faults.ts";
import type { Frame } from "../frame.ts";
import { type Link, streamsOf } from "../link.ts";
import { checkMeta, metaFields } from "../meta-check.ts";
import { isAhead } from "../stream-table.ts";
import { createEventMessage, type EventMessage, fillMessage, ttlLeft } from "./event.ts";
import type { GroupTarget, Target, TopicEntry } from "./topic-entry.ts";

interface Refusal {
  readonly code: Code;
  readonly reason?: Reason;
  readonly message: string;
}

/** Publishers hear of refusals at most once in this time for a topic. */
const REFUSAL_INTERVAL_MS = 1000;

const nowhere: TopicEntry = {
  name: "",
  nameBytes: new Uint8Array(0),
  problem: undefined,
  isReserved: false,
  epoch: 0,
  targets: [],
  groups: [],
  wantsTime: false,
  refusedAt: 0,
};
const message: EventMessage = createEventMessage(nowhere);

/** A message without acknowledgement, on stream 0. */
export function publish(core: Core, link: Link, frame: Frame): void {
  const fault = checkMeta(frame);
  const topic = fault === undefined ? resolve(core, link, frame) : fault;
  if ("code" in topic) {
    refuse(core, link, frame, undefined, topic);
    return;
  }
  const refusal = admit(topic, frame);
  if (refusal !== undefined) {
    refuse(core, link, frame, topic, refusal);
    return;
  }
  core.counters.published++;
  const { targets, groups } = topic;
  if (core.tap.seesMessages) {
    const receivers = targets.length + groups.length;
    core.tap.published(link.id, topic.name, frame.payloadLength, receivers, frame);
  }
  if (targets.length === 0 && groups.length === 0) return;
  fillMessage(message, topic, frame);
  message.receivedAt = core.now;
  if (topic.wantsTime) message.ingressMicros = core.wallMicros();
  if (ttlLeft(message, core.now) <= 0) {
    core.counters.dropped++;
    core.emit({
      kind: "dropped",
      link: link.id,
      topic: topic.name,
      count: 1,
      reason: GapReason.RETENTION,
    });
    return;
  }
  for (let at = 0; at < targets.length; at++) {
    const target = targets[at] as Target;
    target.subscription.deliver(message, target);
  }
  for (let at = 0; at < groups.length; at++) {
    const target = chooseMember(groups[at] as GroupTarget);
    target.subscription.deliver(message, target);
  }
}

/** The next member that can take an event at once, else the next in turn. */
function chooseMember(group: GroupTarget): Target {
  const { members } = group;
  const start = group.cursor;
  group.cursor = start + 1 >= members.length ? 0 : start + 1;
  for (let step = 0; step < members.length; step++) {
    const at = start + step;
    const target = members[at >= members.length ? at - members.length : at] as Target;
    if (target.subscription.isReady) return target;
  }
  return members[start] as Target;
}

function resolve(core: Core, link: Link, frame: Frame): TopicEntry | Refusal {
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

function admit(topic: TopicEntry, frame: Frame): Refusal | undefined {
  if (topic.problem !== undefined) return invalid(topic.problem);
  if (topic.isReserved) {
    return {
      code: Code.PERMISSION_DENIED,
      message: `only routers publish to ${topic.name}: topics that begin with $ are theirs`,
    };
  }
  if (qosOf(frame.class) !== 0) return invalid("QoS 1 and 2 need a lane, not stream 0");
  if ((frame.flags & Flag.RETAIN) !== 0) {
    return {
      code: Code.UNIMPLEMENTED,
      message: "this router keeps no retained values; publish without RETAIN",
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

const invalid = (text: string): Refusal => ({ code: Code.INVALID_ARGUMENT, message: text });

/** Tells the publisher, at most once a second and topic. */
export function refuse(
  core: Core,
  link: Link,
  frame: Frame,
  topic: TopicEntry | undefined,
  refusal: Refusal,
): void {
  core.counters.publishesRefused++;
  const last = topic === undefined ? link.refusedPublishAt : topic.refusedAt;
  if (core.now - last < REFUSAL_INTERVAL_MS) return;
  if (topic === undefined) link.refusedPublishAt = core.now;
  else topic.refusedAt = core.now;
  const isBound = link.inboundAliases.get(frame.route) !== undefined;
  const named = isBound || topic === undefined ? {} : { meta: { name: topic.name } };
  acknowledge(link, { frame, route: isBound ? frame.route : 0, refusal, ...named });
  core.emit({
    kind: "refused",
    link: link.id,
    what: topic === undefined ? "publish" : `publish ${topic.name}`,
    code: refusal.code,
    reason: refusal.reason ?? 0,
    message: refusal.message,
  });
}

/** A message on a lane, which this router refuses; the lane stays open until its END. */
export function publishOnLane(core: Core, link: Link, frame: Frame): FrameFault | undefined {
  const id = frame.stream;
  const known = link.attachments.get(id);
  if (known !== undefined && known.kind !== "lane") {
    return protocolError(`PUBLISH on stream ${id}, which is no lane`);
  }
  if (known === undefined) {
    if ((id & 1) === 0 || !isAhead(id, link.highestInbound) || link.inbound.get(id) !== undefined) {
      return protocolError(`PUBLISH opens stream ${id}, which was opened before`);
    }
    link.highestInbound = id;
    if (streamsOf(link) < core.limits.streamsPerLink)
      link.attachments.set(id, { kind: "lane", id });
  }
  if ((frame.flags & Flag.END) !== 0) link.attachments.delete(id);
  acknowledge(link, {
    frame,
    route: 0,
    refusal: { code: Code.UNIMPLEMENTED, message: "this router has QoS 0 only" },
  });
  return undefined;
}

interface Acknowledgement {
  readonly frame: Frame;
  readonly route: number;
  readonly refusal: Refusal;
  readonly meta?: { readonly name: string };
}

function acknowledge(link: Link, { frame, route, refusal, meta }: Acknowledgement): void {
  const { code, reason = 0 } = refusal;
  link.outbox.say(
    encodeFrame({
      type: FrameType.PUBACK,
      class: frame.class & 0xf8,
      stream: frame.stream,
      route,
      arg: frame.stream === 0 ? 0 : frame.arg,
      payload: encodePublishAck({ code: packCode(code, reason), epoch: 0, sequence: 0 }),
      ...(meta === undefined ? {} : { meta }),
    }),
  );
}
