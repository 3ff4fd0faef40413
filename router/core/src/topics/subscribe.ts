/** SUBSCRIBE and what ends a subscription. What this router does not have yet is refused by name, never half done. */
import {
  Code,
  decodeControl,
  encodeFrame,
  FrameType,
  packCode,
  patternProblem,
  Reason,
  readCredit,
  wire,
} from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import { type FrameFault, protocolError } from "../faults.ts";
import { type Frame, payloadOf } from "../frame.ts";
import { type Link, streamsOf } from "../link.ts";
import { checkMeta } from "../meta-check.ts";
import {
  type SlowPolicy,
  Subscription,
  type SubscriptionHost,
  slowPolicies,
} from "./subscription.ts";

interface Refusal {
  readonly code: Code;
  readonly message: string;
}

const PRIORITY_BITS = 0xe0;
const GROUP_BYTES_MAX = 255;
const ordersByKey = 1;
const startsLatest = 0;
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
  const decoded = decodeControl(wire.Subscribe, payloadOf(frame));
  if (decoded.kind === "fault") return protocolError(decoded.message);
  const asked = decoded.payload;
  const refusal = judge(core, link, asked);
  if (refusal !== undefined) {
    refuseSubscribe(core, link, frame, asked.pattern, refusal);
    return undefined;
  }
  const { pattern, group } = asked;
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
  link.outbox.say(
    encodeFrame({
      type: FrameType.SUBSCRIBED,
      class: frame.class & PRIORITY_BITS,
      stream: frame.stream,
      payload: wire.Subscribed.encode({ qos: 0 }),
    }),
  );
  core.emit({ kind: "subscribed", link: link.id, pattern, group });
  return undefined;
}

/** `block` is for QoS 1 and 2 only; with the QoS 0 that is granted its place takes the default. */
function slowOf(asked: number): SlowPolicy {
  if (asked === 0 || asked === BLOCK) return "drop_old";
  return slowPolicies[asked - 1] ?? "drop_old";
}

function judge(core: Core, link: Link, asked: wire.Subscribe): Refusal | undefined {
  if (streamsOf(link) >= core.limits.streamsPerLink) {
    return {
      code: Code.RESOURCE_EXHAUSTED,
      message: `the link has ${core.limits.streamsPerLink} streams open, the most it may`,
    };
  }
  const problem = patternProblem(asked.pattern) ?? groupProblem(asked.group);
  if (problem !== undefined) return { code: Code.INVALID_ARGUMENT, message: problem };
  if (asked.qos > 2)
    return { code: Code.INVALID_ARGUMENT, message: `there is no QoS ${asked.qos}` };
  if (asked.slow > BLOCK) {
    return { code: Code.INVALID_ARGUMENT, message: `there is no slow policy ${asked.slow}` };
  }
  const missing = missingFeature(asked);
  if (missing === undefined) return undefined;
  return { code: Code.UNIMPLEMENTED, message: `this router has no ${missing}` };
}

function groupProblem(group: string): string | undefined {
  if (group.length > GROUP_BYTES_MAX) {
    return `the group's name has ${group.length} characters, ${GROUP_BYTES_MAX} are allowed`;
  }
  return undefined;
}

function missingFeature(asked: wire.Subscribe): string | undefined {
  if (asked.consumer !== "") return "named consumers; subscribe without `consumer`";
  if (asked.ordering === ordersByKey) return "ordering by key; subscribe without `ordering`";
  if (asked.start !== undefined && asked.start.kind !== startsLatest) {
    return "kept messages to start from; start with the latest";
  }
  if (asked.replayLimit > 0) return "replay; subscribe without `replayLimit`";
  return undefined;
}

export function refuseSubscribe(
  core: Core,
  link: Link,
  frame: Frame,
  pattern: string,
  refusal: Refusal,
): void {
  const { code, message } = refusal;
  link.outbox.say(
    encodeFrame({
      type: FrameType.SUBSCRIBED,
      class: frame.class & PRIORITY_BITS,
      stream: frame.stream,
      arg: packCode(code),
      payload: wire.Subscribed.encode({ message }),
    }),
  );
  core.emit({
    kind: "refused",
    link: link.id,
    stream: frame.stream,
    what: `subscribe ${pattern}`.trimEnd(),
    code,
    reason: 0,
    message,
  });
}

/** CREDIT for a subscription, in messages alone. False when it raised nothing. */
export function creditSubscription(subscription: Subscription, frame: Frame): FrameFault | boolean {
  const read = readCredit(frame.view, frame.payloadStart, frame.end);
  if (read.kind === "fault") return protocolError(read.message);
  return subscription.raise(read.payload.messages);
}

/** Takes the subscription out of the way of messages, without a word to the peer. */
export function dropSubscription(core: Core, subscription: Subscription): void {
  const { link, pattern, group } = subscription;
  link.attachments.delete(subscription.id);
  core.topics.remove(subscription);
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
    bind: (link, topic) => {
      const use = link.outboundAliases.use(topic.name);
      if (use.bind) {
        link.outbox.put(
          encodeFrame({
            type: FrameType.ALIAS,
            route: use.alias,
            meta: { name: topic.name },
          }),
        );
      }
      return use.alias;
    },
  };
}
