/**
 * Which types the publishers of a topic say they send, and whether a subscriber that decodes another could read any of it. What a
 * publisher says stops nobody else from publishing; a subscriber is refused where it could read nothing that is known.
 */
import { Code, Reason, type wire } from "@nexus-bridge/protocol";
import { matcher, prefixOf } from "../consume/walk.ts";
import type { Core } from "../core.ts";
import type { Link } from "../link.ts";
import type { Refusal } from "./refusals.ts";

/** Topics whose types are remembered; the one that was told of first is forgotten. */
const TOPICS_MAX = 10_000;
/** Types of one topic; the oldest is forgotten. */
const TYPES_MAX = 4;

/** Fingerprints by topic, the newest last. */
export type TopicTypes = Map<string, readonly bigint[]>;

/** The publisher says of which type its messages to `topic` are. */
export function learnTopicType(core: Core, link: Link, topic: string, fingerprint: bigint): void {
  const { judge, topics } = core.schemas;
  if (judge === undefined || fingerprint === 0n) return;
  const known = topics.get(topic) ?? [];
  if (known.includes(fingerprint)) return;
  if (known.length === 0 && topics.size >= TOPICS_MAX) {
    for (const oldest of topics.keys()) {
      topics.delete(oldest);
      break;
    }
  }
  topics.set(topic, [...known.slice(1 - TYPES_MAX), fingerprint]);
  for (const other of known) tell(core, link, topic, other, fingerprint);
}

/** Why a subscriber of this type is refused; undefined where there is something that it can read, or nothing is known. */
export function subscriberMismatch(
  core: Core,
  link: Link,
  { pattern, fingerprint }: wire.Subscribe,
): Refusal | undefined {
  const { judge, topics } = core.schemas;
  if (judge === undefined || fingerprint === 0n || topics.size === 0) return undefined;
  const seen = new Set<bigint>();
  let first: string | undefined;
  let isReadable = false;
  for (const [topic, types] of matching(core, pattern)) {
    for (const type of types) {
      if (seen.has(type)) continue;
      seen.add(type);
      const { verdict, message } = judge.judge(type, fingerprint);
      if (verdict === "breaking") first ??= `${topic}: ${message}`;
      else isReadable = true;
      if (verdict === "lossy" || verdict === "unknown") tell(core, link, topic, type, fingerprint);
    }
  }
  if (isReadable || first === undefined) return undefined;
  core.counters.schemaRefused++;
  return {
    code: Code.FAILED_PRECONDITION,
    reason: Reason.SCHEMA_MISMATCH,
    message: `the subscriber's type does not fit what is published to ${first}; generate the adapter from the publisher's schema`,
  };
}

/** The known topics that `pattern` fits. Wildcards look at all of them, and whoever sends many pays by waiting for its turn. */
function* matching(core: Core, pattern: string): Generator<readonly [string, readonly bigint[]]> {
  const { topics } = core.schemas;
  if (prefixOf(pattern) === pattern) {
    const types = topics.get(pattern);
    if (types !== undefined) yield [pattern, types];
    return;
  }
  core.work += topics.size;
  const matches = matcher(pattern);
  for (const entry of topics) if (matches(entry[0])) yield entry;
}

function tell(core: Core, link: Link, topic: string, before: bigint, after: bigint): void {
  const judgement = core.schemas.judge?.judge(before, after);
  if (judgement === undefined) return;
  const { verdict, message } = judgement;
  if (verdict === "identical" || verdict === "compatible") return;
  if (verdict === "lossy") core.counters.schemaLossy++;
  if (verdict === "unknown") core.counters.schemaUnknown++;
  core.schemas.say(`${before} ${after}`, () =>
    core.emit({ kind: "schemaDiffers", link: link.id, what: `topic ${topic}`, verdict, message }),
  );
}
