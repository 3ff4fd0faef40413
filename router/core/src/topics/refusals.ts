/** Why a message was not taken, and how its publisher hears of it on stream 0: at most once a second for a topic. */
import { Code, type MetaFault, packCode, type Reason } from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import type { Frame } from "../frame.ts";
import type { Link } from "../link.ts";
import { writePublishAck } from "./puback.ts";
import type { TopicEntry } from "./topic-entry.ts";

export interface Refusal {
  readonly code: Code;
  readonly reason?: Reason;
  readonly message: string;
}

/** Publishers hear of refusals at most once in this time for a topic. */
const REFUSAL_INTERVAL_MS = 1000;

export const invalid = (message: string): Refusal => ({ code: Code.INVALID_ARGUMENT, message });

export const isRefusal = (value: TopicEntry | Refusal | MetaFault): value is Refusal | MetaFault =>
  "code" in value;

export const codeOfRefusal = ({ code, reason }: Refusal): number => packCode(code, reason ?? 0);

/** Answers a refused message of stream 0, unless its publisher heard of that topic a moment ago. */
export function refuse(
  core: Core,
  link: Link,
  frame: Frame,
  topic: TopicEntry | undefined,
  refusal: Refusal,
): void {
  if (!tellRefused(core, link, topic, refusal)) return;
  const isBound = link.inboundAliases.get(frame.route) !== undefined;
  writePublishAck(link, {
    stream: 0,
    class: frame.class,
    route: isBound ? frame.route : 0,
    arg: 0,
    code: codeOfRefusal(refusal),
    epoch: 0,
    sequence: 0,
    ...(isBound || topic === undefined ? {} : { name: topic.name }),
  });
}

/** Counts a refused message; false when the log heard of that topic, or of that link, a moment ago. */
export function tellRefused(
  core: Core,
  link: Link,
  topic: TopicEntry | undefined,
  refusal: Refusal,
  stream = 0,
): boolean {
  core.counters.publishesRefused++;
  const last = topic === undefined ? link.refusedPublishAt : topic.refusedAt;
  if (core.now - last < REFUSAL_INTERVAL_MS) return false;
  if (topic === undefined) link.refusedPublishAt = core.now;
  else topic.refusedAt = core.now;
  core.emit({
    kind: "refused",
    link: link.id,
    ...(stream === 0 ? {} : { stream }),
    what: topic === undefined ? "publish" : `publish ${topic.name}`,
    code: refusal.code,
    reason: refusal.reason ?? 0,
    message: refusal.message,
  });
  return true;
}
