/** Broken SDKs: the bytes between a sound one and the wire are changed, in what it says and in what it hears. */
import { crc32 } from "node:zlib";
import { flag, frame, headerBytes, seal, type } from "../referee/wire.ts";
import {
  clearing,
  flagsOf,
  next,
  only,
  onlyTheFirst,
  payloadOf,
  setting,
  streamOf,
  swallow,
  twice,
  withArg,
  withoutTag,
  withPayload,
  withStream,
  withTags,
} from "./changes.ts";
import { listening, remembering, speaking } from "./kinds.ts";
import type { Mutant } from "./mutant.ts";
import { type Change, changed, typeOf } from "./wire-mutants.ts";

/** Takes a payload that was damaged for a sound one. */
const repairsPayload: Change = (bytes) =>
  changed(bytes, (copy) => copy.writeUInt32BE(crc32(payloadOf(copy)), 24));

const repairsMeta: Change = (bytes) => {
  const length = bytes.readUInt16BE(8);
  if (length < 4) return undefined;
  const copy = Buffer.from(bytes);
  const end = headerBytes + length - 4;
  copy.writeUInt32BE(crc32(copy.subarray(headerBytes, end)), end);
  return [copy];
};

const reverses32 = (value: number): number => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.readUInt32BE();
};

/** As if the peer had granted far more than it did. */
const grants: Change = (bytes) => [
  bytes,
  frame({
    type: type.credit,
    class: 0,
    stream: streamOf(bytes),
    payload: Buffer.concat([Buffer.alloc(4, 0), Buffer.alloc(12, 1)]),
  }),
];

/** Opens the same call once more, two ids on. */
const opensAgain =
  (stream: number): Change =>
  (bytes) =>
    streamOf(bytes) === stream
      ? [bytes, ...changed(bytes, (copy) => copy.writeUInt32BE(stream + 2, 12))]
      : undefined;

const hears: readonly Mutant[] = [
  listening("drops-the-header-crc-check", "frame.malformed.header-crc.byte-6", (bytes) => [
    seal(Buffer.from(bytes)),
  ]),
  listening(
    "drops-the-payload-crc-check",
    "rpc.wire.broken-chains",
    only(type.data, repairsPayload),
  ),
  listening("drops-the-meta-crc-check", "frame.malformed.open.meta-crc", repairsMeta),
  listening("accepts-any-version", "frame.malformed.version.major-2", (bytes) =>
    changed(bytes, (copy) => copy.writeUInt8(0x10, 4)),
  ),
  listening("ignores-credit", "flow.credit.server-stream-stops-at-zero", only(type.open, grants)),
  listening(
    "does-not-hear-cancel",
    "rpc.wire.cancel-reaches-the-handler",
    only(type.cancel, swallow),
  ),
  listening(
    "does-not-hear-goaway",
    "session.client.goaway-opens-nothing-further",
    only(type.goAway, swallow),
  ),
  listening("does-not-hear-gap", "pubsub.wire.gap-frames", only(type.gap, swallow)),
  listening(
    "ignores-critical-tags",
    "session.streams.critical-tag",
    withTags((tags) => tags.map(({ number, value }) => ({ number: number & 0x7f, value }))),
  ),
  listening(
    "accepts-streams-of-the-wrong-parity",
    "session.streams.wrong-parity",
    only(
      type.open,
      withStream((stream) => stream + (stream % 2)),
    ),
  ),
  listening(
    "accepts-frames-of-streams-never-opened",
    "session.streams.never-opened",
    only(type.data, swallow),
  ),
  listening(
    "hears-noexec-everywhere",
    "rpc.wire.does-not-retry-what-may-have-begun",
    only(type.status, setting(flag.noexec)),
  ),
  listening(
    "does-not-hear-noexec",
    "rpc.wire.status-with-noexec",
    only(type.status, clearing(flag.noexec)),
  ),
  listening("loses-deliveries", "pubsub.wire.event-by-alias", only(type.event, withArg(next))),
  listening(
    "never-frees-an-alias",
    "session.streams.freed-alias-is-unbound",
    only(type.alias, (bytes) => (bytes.readUInt32BE(20) === 1 ? [] : undefined)),
  ),
];

const calls: readonly Mutant[] = [
  speaking("swallows-cancel", "rpc.cancel.call-is-given-up", only(type.cancel, swallow)),
  speaking(
    "cancels-with-the-wrong-code",
    "rpc.wire.deadline-cancels-at-both-ends",
    only(
      type.cancel,
      withArg(() => 2),
    ),
  ),
  speaking("sets-a-reserved-flag", "rpc.unary.echoes-the-payload", only(type.open, setting(8))),
  speaking(
    "forgets-pcrc",
    "rpc.unary.echoes-the-payload",
    only(type.open, (bytes) =>
      changed(bytes, (copy) => {
        copy.writeUInt16BE(flagsOf(copy) & ~flag.pcrc, 6);
        copy.writeUInt32BE(0, 24);
      }),
    ),
  ),
  speaking(
    "sends-the-wrong-payload-crc",
    "rpc.unary.echoes-the-payload",
    only(type.open, (bytes) => changed(bytes, (copy) => copy.writeUInt32BE(7, 24))),
  ),
  speaking(
    "sums-each-fragment-alone",
    "rpc.streaming.client-stream.large",
    only(type.data, repairsPayload),
  ),
  speaking("opens-even-streams", "rpc.wire.two-frames", only(type.open, withStream(next))),
  speaking(
    "writes-streams-in-little-endian",
    "rpc.wire.two-frames",
    only(type.open, withStream(reverses32)),
  ),
  speaking(
    "forgets-the-deadline",
    "rpc.deadline.is-relative-and-on-the-wire",
    only(
      type.open,
      withArg(() => 0),
    ),
  ),
  speaking(
    "says-every-priority-is-4",
    "rpc.unary.priority",
    only(type.open, (bytes) => changed(bytes, (copy) => copy.writeUInt8(0x80, 10))),
  ),
  speaking(
    "sends-hops-of-1",
    "rpc.unary.hops-are-counted",
    only(type.open, (bytes) => changed(bytes, (copy) => copy.writeUInt8(1, 11))),
  ),
  speaking("drops-metadata", "rpc.metadata.text-and-bytes", only(type.open, withoutTag(5))),
  speaking("does-not-retry", "rpc.wire.retries-what-is-idempotent", (bytes) =>
    typeOf(bytes) === type.open && streamOf(bytes) > 1 ? [] : undefined,
  ),
  speaking(
    "retries-a-third-time",
    "rpc.wire.retries-at-most-twice",
    only(type.open, opensAgain(5)),
  ),
  speaking(
    "retries-what-may-have-begun",
    "rpc.wire.does-not-retry-what-may-have-begun",
    only(type.open, opensAgain(1)),
  ),
  speaking(
    "forgets-which-attempt-it-is",
    "rpc.wire.retries-what-did-not-begin",
    only(type.open, withoutTag(16)),
  ),
  speaking("sends-headers-twice", "rpc.wire.headers-once-and-first", only(type.headers, twice)),
  speaking(
    "numbers-messages-from-1",
    "rpc.wire.headers-once-and-first",
    only(type.data, withArg(next)),
  ),
  speaking(
    "returns-the-wrong-code",
    "session.streams.critical-tag",
    only(
      type.status,
      withArg(() => 13),
    ),
  ),
  speaking(
    "refuses-without-noexec",
    "session.streams.critical-tag",
    only(type.status, clearing(flag.noexec)),
  ),
  speaking(
    "never-grants-credit",
    "flow.credit.rises-with-what-is-read",
    only(type.credit, swallow),
  ),
];

const sessions: readonly Mutant[] = [
  speaking("never-answers-ping", "session.client.pong", only(type.pong, swallow)),
  speaking(
    "pongs-with-zeros",
    "session.client.pong",
    only(type.pong, () => [frame({ type: type.pong, payload: Buffer.alloc(8), flags: 0 })]),
  ),
  speaking("closes-without-a-word", "session.client.close", only(type.close, swallow)),
  speaking(
    "keeps-wrong-aliases",
    "session.streams.alias-in-each-direction",
    only(type.alias, swallow),
  ),
  speaking(
    "never-registers",
    "session.client.register-names-the-methods",
    only(type.register, swallow),
  ),
  remembering("never-comes-back", "session.client.router-closes", onlyTheFirst(type.hello)),
  remembering(
    "does-not-register-again",
    "session.client.registers-again",
    onlyTheFirst(type.register),
  ),
  remembering(
    "does-not-subscribe-again",
    "session.client.subscribes-again",
    onlyTheFirst(type.subscribe),
  ),
];

const topics: readonly Mutant[] = [
  speaking("swallows-publish", "pubsub.core.one-event", only(type.publish, swallow)),
  speaking("publishes-twice", "pubsub.core.in-order", only(type.publish, twice)),
  speaking(
    "forgets-the-time-to-live",
    "pubsub.core.time-to-live-of-the-topic",
    only(type.publish, withoutTag(9)),
  ),
  speaking(
    "swallows-unsubscribe",
    "pubsub.core.leaving-unsubscribes",
    only(type.unsubscribe, swallow),
  ),
  speaking(
    "subscribes-to-everything",
    "pubsub.wire.subscribe-says-what-it-wants",
    only(
      type.subscribe,
      withPayload(() => Buffer.from("0a013e", "hex")),
    ),
  ),
  speaking(
    "forgets-the-credit-it-asked-for",
    "pubsub.wire.subscribe-says-what-it-wants",
    only(
      type.subscribe,
      withArg(() => 0),
    ),
  ),
];

export const sdkMutants: readonly Mutant[] = [...hears, ...calls, ...sessions, ...topics];
