/** Broken routers between two SDKs that keep, forward and forget wrongly: positions, retained values, redeliveries, gaps, groups. */
import { flag, type } from "../referee/wire.ts";
import {
  asAnotherProducer,
  clearing,
  flagsOf,
  only,
  payloadOf,
  swallow,
  theSecondTime,
  withArg,
  withoutField,
  withoutTag,
  withPayload,
  withTags,
} from "./changes.ts";
import { mishearing, misremembering, routing } from "./kinds.ts";
import type { Mutant } from "./mutant.ts";
import type { Change } from "./wire-mutants.ts";

const ACK = 0;
const POSITION = 7;

const flagged = (bit: number, change: Change): Change =>
  only(type.event, (bytes) => ((flagsOf(bytes) & bit) === 0 ? undefined : change(bytes)));

const keeping: readonly Mutant[] = [
  routing(
    "answers-before-it-stores",
    "pubsub.qos.published-held-delivered",
    only(
      type.puback,
      withPayload((payload) => Buffer.concat([payload.subarray(0, 2), Buffer.alloc(12)])),
    ),
  ),
  routing(
    "gives-wrong-positions",
    "pubsub.qos.published-held-delivered",
    only(
      type.event,
      withTags((tags) =>
        tags.map(({ number, value }) =>
          (number & 0x7f) === POSITION
            ? { number, value: Buffer.concat([value.subarray(0, -1), Buffer.from([9])]) }
            : { number, value },
        ),
      ),
    ),
  ),
  misremembering(
    "stores-twice-what-is-sent-again",
    "pubsub.qos.answer-lost-on-the-way",
    theSecondTime(type.publish, asAnotherProducer),
  ),
  routing(
    "loses-retained-values",
    "pubsub.retained.comes-to-who-subscribes-later",
    flagged(flag.retain, swallow),
  ),
  routing(
    "does-not-mark-retained-values",
    "pubsub.retained.comes-to-who-subscribes-later",
    flagged(flag.retain, clearing(flag.retain)),
  ),
  mishearing(
    "retains-nothing",
    "pubsub.retained.comes-to-who-subscribes-later",
    only(type.publish, clearing(flag.retain)),
  ),
  mishearing(
    "never-clears-retained-values",
    "pubsub.retained.cleared",
    only(type.publish, (bytes) =>
      payloadOf(bytes).length === 0 ? clearing(flag.retain)(bytes) : undefined,
    ),
  ),
];

const redelivering: readonly Mutant[] = [
  routing("never-redelivers", "pubsub.consume.nacked-comes-again", flagged(flag.dup, swallow)),
  routing(
    "does-not-count-redeliveries",
    "pubsub.consume.nacked-comes-again",
    flagged(flag.dup, withoutTag(16)),
  ),
  mishearing(
    "takes-every-answer-for-an-ack",
    "pubsub.consume.nacked-comes-again",
    only(
      type.evack,
      withPayload(() => Buffer.from([ACK])),
    ),
  ),
  routing("never-sends-gap", "pubsub.gap.the-ring-went-on", only(type.gap, swallow)),
  routing(
    "tells-gaps-one-too-late",
    "pubsub.gap.the-ring-went-on",
    only(
      type.gap,
      withPayload((payload) => {
        const copy = Buffer.from(payload);
        copy.writeBigUInt64BE(copy.readBigUInt64BE(4) + 1n, 4);
        return copy;
      }),
    ),
  ),
  routing("takes-over-in-silence", "pubsub.consumers.taken-over", only(type.unsubscribed, swallow)),
];

/** A router to which one wish of SUBSCRIBE means nothing. */
const ignoring = (what: string, field: number, killedBy: string): Mutant =>
  mishearing(`ignores-${what}`, killedBy, only(type.subscribe, withoutField(field)));

const wishes: readonly Mutant[] = [
  mishearing(
    "ignores-credit",
    "pubsub.consume.without-credit-it-waits-in-the-store",
    only(
      type.subscribe,
      withArg(() => 1000),
    ),
  ),
  ignoring("groups-of-qos-1", 2, "pubsub.groups.each-message-to-one"),
  ignoring("ordering-by-key", 3, "pubsub.groups.one-of-a-key-at-a-time"),
  ignoring("where-to-start", 5, "pubsub.start.where-it-begins[start=earliest]"),
  ignoring("who-wants-retained-values", 6, "pubsub.retained.who-is-asked[retained=never]"),
  ignoring("names-of-consumers", 9, "pubsub.consumers.go-on-where-they-were"),
  ignoring("the-wait-for-an-answer", 10, "pubsub.consume.unanswered-comes-again"),
  ignoring("how-many-are-unsettled", 11, "pubsub.consume.at-most-so-many-unsettled"),
];

export const storeMutants: readonly Mutant[] = [...keeping, ...redelivering, ...wishes];
