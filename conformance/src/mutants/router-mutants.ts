/** Broken routers between two SDKs: calls, and events of QoS 0. */
import { decodeFields, encodeMessage, type Message } from "../referee/protobuf.ts";
import { flag, type } from "../referee/wire.ts";
import {
  argOf,
  clearing,
  next,
  only,
  setting,
  streamOf,
  swallow,
  twice,
  withArg,
  withFlags,
  withoutTag,
  withPayload,
  withTags,
} from "./changes.ts";
import { mishearing, routing, routingOver } from "./kinds.ts";
import type { Mutant } from "./mutant.ts";
import { type Change, changed } from "./wire-mutants.ts";

/** SUBSCRIBE with another pattern, or without its group. */
const subscribing = (change: (fields: { pattern: string; group: string | undefined }) => Message) =>
  only(
    type.subscribe,
    withPayload((payload) => {
      const { 1: pattern, 2: group } = decodeFields(payload) ?? {};
      const textOf = (value: unknown): string | undefined => {
        const first = Array.isArray(value) ? value[0] : undefined;
        return Buffer.isBuffer(first) ? first.toString() : undefined;
      };
      return encodeMessage(change({ pattern: textOf(pattern) ?? "", group: textOf(group) }));
    }),
  );

/** Holds each second event back until the next one went. */
function swapping(): Change {
  let held: Buffer | undefined;
  return only(type.event, (bytes) => {
    if (held === undefined) {
      held = bytes;
      return [];
    }
    const before = held;
    held = undefined;
    const place = argOf(before);
    return [
      ...changed(bytes, (copy) => copy.writeUInt32BE(place, 20)),
      ...changed(before, (copy) => copy.writeUInt32BE(place + 1, 20)),
    ];
  });
}

const betweenCalls: readonly Mutant[] = [
  routing("loses-headers", "rpc.metadata.headers-and-trailers", only(type.headers, swallow)),
  routing("loses-trailers", "rpc.metadata.headers-and-trailers", only(type.status, withoutTag(5))),
  routing(
    "turns-metadata-round",
    "rpc.metadata.order-and-repeats",
    only(
      type.open,
      withTags((tags) => [
        ...tags.filter(({ number }) => number !== 5),
        ...tags.filter(({ number }) => number === 5).toReversed(),
      ]),
    ),
  ),
  routing("drops-end", "rpc.deadline.of-the-method", only(type.data, clearing(flag.end))),
  routing(
    "loses-a-message",
    "rpc.streaming.server-stream.in-order",
    only(type.data, (bytes) => (argOf(bytes) === 2 ? [] : undefined)),
  ),
  routing("repeats-messages", "rpc.streaming.server-stream.in-order", only(type.data, twice)),
  routing("ends-at-a-fragment", "rpc.unary.large-response", only(type.data, clearing(flag.more))),
  routing(
    "refuses-without-noexec",
    "rpc.errors.no-provider",
    only(type.status, clearing(flag.noexec)),
  ),
  routing(
    "says-noexec-of-what-ran",
    "rpc.errors.provider-lost",
    only(type.status, setting(flag.noexec)),
  ),
  routing(
    "has-one-code-for-all",
    "rpc.errors.not-written",
    only(
      type.status,
      withArg(() => 2),
    ),
  ),
  routing(
    "loses-details-of-errors",
    "rpc.errors.declared",
    only(
      type.status,
      withPayload((payload) => {
        const { 1: message } = decodeFields(payload) ?? {};
        return encodeMessage({ 1: String(message?.[0] ?? "") });
      }),
    ),
  ),
  routing(
    "raises-deadlines",
    "rpc.deadline.lowered-on-the-way",
    only(
      type.open,
      withArg((deadline) => deadline + 60_000),
    ),
  ),
  routing(
    "forgets-deadlines",
    "rpc.deadline.of-the-method",
    only(
      type.open,
      withArg(() => 0),
    ),
  ),
  routing("forgets-cancel", "rpc.cancel.call-is-given-up", only(type.cancel, swallow)),
];

const betweenTopics: readonly Mutant[] = [
  routing("loses-events", "pubsub.core.one-event", only(type.event, swallow)),
  routing("counts-deliveries-from-2", "pubsub.core.one-event", only(type.event, withArg(next))),
  routing("delivers-twice", "pubsub.core.in-order", only(type.event, twice)),
  routingOver("swaps-events", "pubsub.core.in-order", swapping),
  routing(
    "forwards-to-one-subscriber-only",
    "pubsub.core.without-group-each-gets-it",
    only(type.event, (bytes) => (streamOf(bytes) > 1 ? [] : undefined)),
  ),
  routing("drops-correlation-ids", "pubsub.core.options-arrive", only(type.event, withoutTag(21))),
  routing(
    "marks-all-as-retained",
    "pubsub.core.one-event",
    only(
      type.event,
      withFlags((flags) => flags | flag.retain),
    ),
  ),
  mishearing(
    "takes-one-star-for-all",
    "pubsub.core.matching",
    subscribing(() => ({ 1: "conformance.plain.>" })),
  ),
  mishearing(
    "does-not-know-stars",
    "pubsub.core.one-event",
    subscribing(({ pattern }) => ({ 1: pattern.replaceAll("*", "star") })),
  ),
  mishearing(
    "ignores-groups",
    "pubsub.core.group-shares",
    subscribing(({ pattern }) => ({ 1: pattern })),
  ),
];

export const routerMutants: readonly Mutant[] = [...betweenCalls, ...betweenTopics];
