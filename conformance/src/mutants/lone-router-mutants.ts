/** Broken routers that the referee speaks to as a client: frames, lanes, what is kept, what is compatible, health. */
import { flag, frame, seal, type } from "../referee/wire.ts";
import {
  argOf,
  asAnotherProducer,
  clearing,
  only,
  streamOf,
  swallow,
  theSecondTime,
  withArg,
  withoutTag,
  withPayload,
} from "./changes.ts";
import { answering, mistaking, mistakingOver } from "./kinds.ts";
import type { Mutant } from "./mutant.ts";
import { changed, typeOf } from "./wire-mutants.ts";

const frames: readonly Mutant[] = [
  answering(
    "says-nothing-before-it-closes",
    "router.malformed.meta-length.3",
    only(type.error, swallow),
  ),
  answering(
    "has-one-error-for-all",
    "router.malformed.header-crc.byte-6",
    only(
      type.error,
      withArg(() => 0x101),
    ),
  ),
  mistaking("does-not-check-the-header-crc", "router.malformed.header-crc.byte-6", (bytes) => [
    seal(Buffer.from(bytes)),
  ]),
  mistaking("accepts-any-version", "router.malformed.version.major-2", (bytes) =>
    changed(bytes, (copy) => copy.writeUInt8(0x10, 4)),
  ),
  answering(
    "refuses-with-the-wrong-code",
    "router.malformed.open.unbound-alias",
    only(
      type.status,
      withArg(() => 13),
    ),
  ),
  answering("never-pongs", "router.malformed.type.0c-with-skip", only(type.pong, swallow)),
  answering("pongs-on-a-stream", "router.malformed.type.0c-with-skip", (bytes) =>
    typeOf(bytes) === type.pong
      ? [bytes, frame({ type: type.pong, payload: Buffer.alloc(8), flags: 0, stream: 1 })]
      : undefined,
  ),
];

const lanes: readonly Mutant[] = [
  answering(
    "takes-duplicates-for-new",
    "router.lanes.duplicates",
    only(
      type.puback,
      withPayload((payload) => Buffer.concat([Buffer.alloc(2), payload.subarray(2)])),
    ),
  ),
  answering(
    "answers-with-the-wrong-sequence",
    "router.lanes.held",
    only(
      type.puback,
      withArg((sequence) => sequence + 1),
    ),
  ),
  mistaking(
    "fences-nobody",
    "router.lanes.lower-epochs-are-fenced",
    only(type.publish, (bytes) => (streamOf(bytes) === 3 ? asAnotherProducer(bytes) : undefined)),
  ),
  mistakingOver(
    "forgets-lanes-with-their-link",
    "router.lanes.kept-when-the-link-is-lost",
    theSecondTime(type.publish, asAnotherProducer),
  ),
  mistaking(
    "closes-no-lane-at-its-end",
    "router.lanes.end-closes-the-id",
    only(type.publish, clearing(flag.end)),
  ),
  mistaking(
    "loses-the-first-publish",
    "router.lanes.held",
    only(type.publish, (bytes) => (argOf(bytes) === 1 ? [] : undefined)),
  ),
];

const kept: readonly Mutant[] = [
  answering(
    "redelivers-without-saying-so",
    "router.store.attempts-are-counted",
    only(type.event, clearing(flag.dup)),
  ),
  mistaking(
    "hears-one-acknowledgement-alone",
    "router.store.cumulative-acknowledgement",
    only(type.evack, clearing(flag.end)),
  ),
  answering(
    "does-not-say-where-it-begins",
    "router.store.subscribed-names-where-it-begins",
    only(
      type.subscribed,
      withPayload((payload) => payload.subarray(0, 2)),
    ),
  ),
];

const judging: readonly Mutant[] = [
  mistaking(
    "accepts-what-breaks",
    "registry.compat.open-breaking",
    only(type.open, withoutTag(11)),
  ),
  answering(
    "is-always-healthy",
    "observability.health.of-a-service-that-was-served",
    only(
      type.data,
      withPayload(() => Buffer.from("0801", "hex")),
    ),
  ),
];

export const loneRouterMutants: readonly Mutant[] = [...frames, ...lanes, ...kept, ...judging];
