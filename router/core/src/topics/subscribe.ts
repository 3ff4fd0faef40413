/** SUBSCRIBE and what ends a subscription that takes messages as they come; others go on in `consume`. */
import {
  Code,
  decodeControl,
  encodeFrame,
  FrameType,
  limits,
  packCode,
  patternProblem,
  Reason,
  topicProblem,
  utf8Bytes,
  wire,
} from "@nexus-bridge/protocol";
import { attach, readsStore, StartKind } from "../consume/attach.ts";
import { nameKey } from "../consume/consumption.ts";
import { lookAround, type Survey } from "../consume/survey.ts";
import { matcher, Walk } from "../consume/walk.ts";
import type { Core } from "../core.ts";
import { type FrameFault, payloadFault, protocolError } from "../faults.ts";
import { type Frame, payloadOf } from "../frame.ts";
import { type Link, streamsOf } from "../link.ts";
import { checkMeta } from "../meta-check.ts";
import { bindTopic } from "./bind.ts";
import type { Refusal } from "./refusals.ts";
import {
  type SlowPolicy,
  Subscription,
  type SubscriptionHost,
  slowPolicies,
} from "./subscription.ts";
import { subscriberMismatch } from "./topic-types.ts";

const PRIORITY_BITS = 0xe0;
const GROUP_BYTES_MAX = 255;
/** The highest of the numbers that `ordering`, `retained` and `start` have. */
const ORDERING_MAX = 1;
const RETAINED_MAX = 2;
/** Of the choices of retained values. */
const NEVER = 2;
/** Topics that one SUBSCRIBE may start in by name. */
const START_POSITIONS_MAX: number = limits.startPositions;
/** Of the numbers in SUBSCRIBE: 0 is the default, 5 is `block`. */
const BLOCK = 5;

/** Handles a SUBSCRIBE whose id the session has taken. */
export function subscribe(
  core: Core,
  host: SubscriptionHost,
  link: Link,
  frame: Frame,
): FrameFault | undefined {
  const fault = checkMeta(frame);
  if (fault !== undefined) {
    refuseSubscribe(core, link, frame, "", fault);
    return undefined;
  }
  const damage = payloadFault(frame);
  if (damage !== undefined) return damage;
  const decoded = decodeControl(wire.Subscribe, payloadOf(frame));
  if (decoded.kind === "fault") return protocolError(decoded.message);
  const asked = decoded.payload;
  const refusal = judge(link, asked) ?? subscriberMismatch(core, link, asked);
  if (refusal !== undefined) {
    refuseSubscribe(core, link, frame, asked.pattern, refusal);
    return undefined;
  }
  if (readsStore(asked)) {
    const problem = attach(core, link, frame, asked);
    if (problem !== undefined) refuseSubscribe(core, link, frame, asked.pattern, problem);
    return undefined;
  }
  subscribeDirect(core, host, link, frame, asked);
  return undefined;
}

/** A subscription that takes messages as they come, from now on, after the retained values. */
function subscribeDirect(
  core: Core,
  host: SubscriptionHost,
  link: Link,
  frame: Frame,
  asked: wire.Subscribe,
): void {
  const { pattern, group } = asked;
  const key = nameKey(pattern, group);
  const { groups, directGroups } = core.consumption;
  if (group !== "" && groups.has(key)) {
    refuseSubscribe(core, link, frame, pattern, otherGroup);
    return;
  }
  const members = directGroups.get(key) ?? 0;
  if (group !== "") directGroups.set(key, members + 1);
  const subscription = new Subscription({
    id: frame.stream,
    link,
    pattern,
    group,
    class: frame.class,
    credit: frame.arg,
    slow: slowOf(asked.slow),
    wantsAttributes: asked.attributes,
    openedAt: core.now,
    host,
  });
  link.attachments.set(frame.stream, subscription);
  core.topics.add(subscription);
  const first = lookFirst(core, subscription, asked.retained !== NEVER && members === 0);
  link.outbox.say(
    encodeFrame({
      type: FrameType.SUBSCRIBED,
      class: frame.class & PRIORITY_BITS,
      stream: frame.stream,
      payload: wire.Subscribed.encode({ qos: 0, ...first }),
    }),
  );
  core.emit({ kind: "subscribed", link: link.id, pattern, group });
  if (subscription.walk !== undefined) subscription.wake();
}

const otherGroup: Refusal = {
  code: Code.FAILED_PRECONDITION,
  message: "the group exists already, and its members read from the store: subscribe as they do",
};

/** Positions and retained values that are there; the values are sent by a walk. */
function lookFirst(core: Core, to: Subscription, wantsRetained: boolean): wire.SubscribedInit {
  const survey: Survey = { positions: [], holes: [], retainedCount: 0 };
  const { store, counters } = core;
  if (store.size === 0) return {};
  const replayMax = Number.POSITIVE_INFINITY;
  const start = undefined;
  const look = { pattern: to.pattern, start, replayMax, wantsRetained, begun: new Set<string>() };
  const isWhole = lookAround(core, { ...look, places: undefined }, survey);
  if (wantsRetained && (survey.retainedCount > 0 || !isWhole)) {
    to.walk = new Walk({ store, ordinal: counters.published, ...look });
  }
  const { positions, retainedCount } = survey;
  return { positions, retainedCount };
}

/** `block` is for QoS 1 and 2 only; with the QoS 0 that is granted its place takes the default. */
function slowOf(asked: number): SlowPolicy {
  if (asked === 0 || asked === BLOCK) return "drop_old";
  return slowPolicies[asked - 1] ?? "drop_old";
}

function judge(link: Link, asked: wire.Subscribe): Refusal | undefined {
  if (streamsOf(link) >= link.streamsMax) {
    return {
      code: Code.RESOURCE_EXHAUSTED,
      message: `the link has ${link.streamsMax} streams open, the most it may`,
    };
  }
  const problem = patternProblem(asked.pattern) ?? groupProblem(asked.group);
  if (problem !== undefined) return { code: Code.INVALID_ARGUMENT, message: problem };
  if (asked.qos > 2)
    return { code: Code.INVALID_ARGUMENT, message: `there is no QoS ${asked.qos}` };
  if (asked.slow > BLOCK) {
    return { code: Code.INVALID_ARGUMENT, message: `there is no slow policy ${asked.slow}` };
  }
  const wrong = unknownChoice(asked) ?? consumerProblem(asked) ?? positionsProblem(asked);
  return wrong === undefined ? undefined : { code: Code.INVALID_ARGUMENT, message: wrong };
}

function groupProblem(group: string): string | undefined {
  if (group.length > GROUP_BYTES_MAX) {
    return `the group's name has ${group.length} characters, ${GROUP_BYTES_MAX} are allowed`;
  }
  return undefined;
}

function unknownChoice({ ordering, retained, start }: wire.Subscribe): string | undefined {
  if (ordering > ORDERING_MAX) return `there is no ordering ${ordering}`;
  if (retained > RETAINED_MAX) return `there is no choice ${retained} of retained values`;
  const kind = start?.kind ?? StartKind.LATEST;
  return kind > StartKind.AGE ? `there is no start ${kind}` : undefined;
}

function consumerProblem({ consumer, group }: wire.Subscribe): string | undefined {
  if (consumer === "") return undefined;
  if (group !== "") return "a consumer is one subscription: leave out `consumer` or `group`";
  if (utf8Bytes(consumer) <= limits.nameBytes) return undefined;
  return `the consumer's name has more than ${limits.nameBytes} bytes`;
}

function positionsProblem({ pattern, start }: wire.Subscribe): string | undefined {
  if (start === undefined || start.kind !== StartKind.POSITION) return undefined;
  const { positions } = start;
  if (positions.length > START_POSITIONS_MAX) {
    return `the start has ${positions.length} positions, ${START_POSITIONS_MAX} are allowed`;
  }
  const matches = matcher(pattern);
  const seen = new Set<string>();
  for (const { topic } of positions) {
    const problem = topicProblem(topic);
    if (problem !== undefined) return problem;
    if (!matches(topic)) return `the start names "${topic}", which "${pattern}" does not match`;
    if (seen.has(topic)) return `the start names "${topic}" twice`;
    seen.add(topic);
  }
  return undefined;
}

export function refuseSubscribe(
  core: Core,
  link: Link,
  frame: Frame,
  pattern: string,
  refusal: Refusal,
): void {
  const { code, reason = 0, message } = refusal;
  link.outbox.say(
    encodeFrame({
      type: FrameType.SUBSCRIBED,
      class: frame.class & PRIORITY_BITS,
      stream: frame.stream,
      arg: packCode(code, reason),
      payload: wire.Subscribed.encode({ message }),
    }),
  );
  core.emit({
    kind: "refused",
    link: link.id,
    stream: frame.stream,
    what: `subscribe ${pattern}`.trimEnd(),
    code,
    reason,
    message,
  });
}

function leaveGroup(core: Core, key: string): void {
  const { directGroups } = core.consumption;
  const left = (directGroups.get(key) ?? 1) - 1;
  if (left > 0) directGroups.set(key, left);
  else directGroups.delete(key);
}

/** Takes the subscription out of the way of messages, without a word to the peer. */
export function dropSubscription(core: Core, subscription: Subscription): void {
  const { link, pattern, group } = subscription;
  link.attachments.delete(subscription.id);
  core.topics.remove(subscription);
  if (group !== "") leaveGroup(core, nameKey(pattern, group));
  core.later.delete(subscription);
  subscription.end();
  core.emit({ kind: "unsubscribed", link: link.id, pattern, group });
}

/** Ends the subscription and tells the peer why; `OK` where it asked itself. */
export function endSubscription(
  core: Core,
  subscription: Subscription,
  code: Code,
  reason: Reason | 0,
): void {
  dropSubscription(core, subscription);
  subscription.link.outbox.say(
    encodeFrame({
      type: FrameType.UNSUBSCRIBED,
      class: subscription.class & PRIORITY_BITS,
      stream: subscription.id,
      arg: packCode(code, reason),
    }),
  );
}

/** The router's part of its subscriptions. */
export function createSubscriptionHost(core: Core): SubscriptionHost {
  return {
    routerId: core.routerId,
    get outboxBytesMax() {
      return core.limits.outboxBytesPerLink;
    },
    get outboxMessagesMax() {
      return core.limits.outboxMessagesPerLink;
    },
    now: () => core.now,
    delivered: () => {
      core.counters.delivered++;
    },
    dropped: ({ link }, topic, count, reason) => {
      core.counters.dropped += count;
      core.emit({ kind: "dropped", link: link.id, topic, count, reason });
    },
    tooSlow: (subscription) =>
      endSubscription(core, subscription, Code.RESOURCE_EXHAUSTED, Reason.SLOW_CONSUMER),
    later: (subscription) => void core.later.add(subscription),
    bind: bindTopic,
  };
}
