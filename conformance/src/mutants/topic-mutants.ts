/** Broken SDKs with topics of QoS 1: lanes that lose or repeat, subscriptions that settle wrongly or forget where they were. */
import { crc32 } from "node:zlib";
import { flag, type } from "../referee/wire.ts";
import type { Answer } from "../runner/adapter-process.ts";
import {
  argOf,
  asAnotherProducer,
  clearing,
  next,
  only,
  payloadOf,
  setting,
  swallow,
  theSecondTime,
  withArg,
  withoutField,
  withoutTag,
  withPayload,
  withStream,
} from "./changes.ts";
import { listening, lying, okOf, remembering, speaking, type Words } from "./kinds.ts";
import type { Mutant } from "./mutant.ts";
import { type Change, changed } from "./wire-mutants.ts";

const ACK = 0;
const UNAVAILABLE = 14;
const INTERNAL = 13;
const WINDOW = 1024;

/** The code that an answer of the lane says, for another. */
const recoded = (from: number, to: number): Change =>
  only(
    type.puback,
    withPayload((payload) => {
      const copy = Buffer.from(payload);
      if (copy.readUInt16BE(0) === from) copy.writeUInt16BE(to, 0);
      return copy;
    }),
  );

const lanes: readonly Mutant[] = [
  speaking(
    "publishes-at-qos-0",
    "pubsub.qos.first-publish-opens-a-lane",
    only(type.publish, (bytes) =>
      changed(bytes, (copy) => copy.writeUInt8(copy.readUInt8(10) & 0xe7, 10)),
    ),
  ),
  speaking(
    "has-no-producer",
    "pubsub.qos.first-publish-opens-a-lane",
    only(type.publish, withoutTag(6)),
  ),
  speaking(
    "counts-sequences-from-2",
    "pubsub.qos.first-publish-opens-a-lane",
    only(type.publish, withArg(next)),
  ),
  speaking(
    "publishes-every-lane-on-stream-0",
    "pubsub.qos.first-publish-opens-a-lane",
    only(
      type.publish,
      withStream(() => 0),
    ),
  ),
  remembering(
    "never-resends",
    "pubsub.qos.sent-again[code=UNAVAILABLE]",
    theSecondTime(type.publish, swallow),
  ),
  remembering(
    "resends-under-a-new-sequence",
    "pubsub.qos.sent-again[code=UNAVAILABLE]",
    theSecondTime(type.publish, withArg(next)),
  ),
  remembering(
    "resends-as-another-producer",
    "pubsub.qos.again-after-a-lost-link",
    theSecondTime(type.publish, asAnotherProducer),
  ),
  listening(
    "takes-every-refusal-for-the-last-word",
    "pubsub.qos.sent-again[code=UNAVAILABLE]",
    recoded(UNAVAILABLE, INTERNAL),
  ),
  speaking(
    "sends-one-beyond-the-window",
    "pubsub.qos.window-of-messages[beyond=1]",
    only(type.publish, (bytes) =>
      argOf(bytes) === WINDOW
        ? [bytes, ...changed(bytes, (copy) => copy.writeUInt32BE(WINDOW + 1, 20))]
        : undefined,
    ),
  ),
  speaking(
    "does-not-end-its-lane",
    "pubsub.qos.end-on-the-last",
    only(type.publish, clearing(flag.end)),
  ),
  speaking(
    "forgets-to-retain",
    "pubsub.qos.retained-says-so",
    only(type.publish, clearing(flag.retain)),
  ),
  lying("hides-duplicates", "pubsub.qos.duplicate[known=true]", (order, told) =>
    order.op === "pub" ? { ok: { ...okOf(told), duplicate: false } } : told,
  ),
  lying("takes-refused-publishes-for-held", "pubsub.qos.refused-for-good", (order, told) =>
    order.op === "pub" && told.failed !== undefined
      ? { ok: { position: null, duplicate: false } }
      : told,
  ),
  lying("forgets-positions", "pubsub.qos.published-held-delivered", (order, told) =>
    order.op === "pub" ? { ok: { ...okOf(told), position: null } } : told,
  ),
];

const evack = (change: Change): Change => only(type.evack, change);

/** What is read of a subscription, changed. */
const read =
  (key: "event" | "gap", change: Words) =>
  (order: Answer, told: Answer): Answer => {
    const item = okOf(told)[key] as Words | undefined;
    return order.op === "sub.next" && item !== undefined
      ? { ok: { [key]: { ...item, ...change } } }
      : told;
  };

const settling: readonly Mutant[] = [
  speaking("never-acknowledges", "pubsub.consume.settled", evack(swallow)),
  speaking(
    "acknowledges-what-it-refused",
    "pubsub.consume.settled[how=nack,transport=tcp]",
    evack(withPayload(() => Buffer.from([ACK]))),
  ),
  speaking("acknowledges-another-delivery", "pubsub.consume.settled", evack(withArg(next))),
  speaking(
    "speaks-for-all-before",
    "pubsub.consume.never-speaks-for-what-is-open",
    evack(setting(flag.end)),
  ),
  speaking(
    "forgets-the-delay-of-a-nack",
    "pubsub.consume.nack-after-a-delay[delay=250]",
    evack(withPayload((payload) => payload.subarray(0, 1))),
  ),
  speaking(
    "gives-no-credit-back",
    "pubsub.consume.credit-is-given-back-as-it-is-read",
    only(type.credit, swallow),
  ),
  listening(
    "takes-more-than-its-credit",
    "pubsub.consume.event-above-credit",
    only(type.event, (bytes) => (argOf(bytes) > 2 ? [] : undefined)),
  ),
  listening(
    "takes-damaged-events",
    "pubsub.consume.damaged-comes-again",
    only(type.event, (bytes) =>
      changed(bytes, (copy) => copy.writeUInt32BE(crc32(payloadOf(copy)), 24)),
    ),
  ),
  listening(
    "does-not-know-that-it-was-taken-over",
    "pubsub.consume.taken-over-does-not-come-back",
    only(
      type.unsubscribed,
      withArg((code) => code & 0xff),
    ),
  ),
  lying("hides-redeliveries", "pubsub.consume.redelivered", read("event", { redelivered: false })),
  lying("does-not-count-attempts", "pubsub.consume.redelivered", read("event", { attempt: 1 })),
  lying(
    "has-one-reason-for-all-gaps",
    "pubsub.gap.reasons-with-places[reason=2]",
    read("gap", { reason: "slow" }),
  ),
  lying(
    "forgets-places-of-gaps",
    "pubsub.gap.reasons-with-places",
    read("gap", { first: undefined, last: undefined }),
  ),
];

const subscribe = (change: Change): Change => only(type.subscribe, change);

const asking: readonly Mutant[] = [
  speaking("asks-for-qos-0", "pubsub.consume.asks-for-the-topics-qos", subscribe(withoutField(4))),
  speaking(
    "forgets-its-consumers-name",
    "pubsub.consume.waits-and-names-are-asked-for",
    subscribe(withoutField(9)),
  ),
  speaking(
    "forgets-where-it-was",
    "pubsub.gap.resumes-behind-what-is-settled",
    subscribe(withoutField(5)),
  ),
];

export const topicMutants: readonly Mutant[] = [...lanes, ...settling, ...asking];
