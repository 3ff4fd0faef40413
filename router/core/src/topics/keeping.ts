/**
 * Topics that have positions: which they are, and how a message gets its number, its place in the ring and, with RETAIN, its
 * place as the topic's value. A message that finds no room is refused whole.
 */
import { Code } from "@nexus-bridge/protocol";
import type { TopicLog } from "@nexus-bridge/router-stores";
import type { Core } from "../core.ts";
import type { Link } from "../link.ts";
import { deliver } from "./deliver.ts";
import { type EventMessage, ownMessage, storedBytes } from "./event.ts";
import type { Refusal } from "./refusals.ts";
import type { TopicEntry } from "./topic-entry.ts";

/** The log of `topic`, if it has positions. Costs a comparison while no topic gets or loses them. */
function findLog(core: Core, topic: TopicEntry): TopicLog<EventMessage> | undefined {
  const { store } = core;
  if (topic.logChanges !== store.changes) {
    topic.log = store.find(topic.name);
    topic.logChanges = store.changes;
  }
  return topic.log;
}

/** Whether `message` gets a position; others take the short way. */
export function isKept(
  core: Core,
  topic: TopicEntry,
  message: EventMessage,
  isRetained: boolean,
): boolean {
  if (findLog(core, topic) !== undefined || topic.wantsRing || message.qos > 0) return true;
  // An empty value clears, and there is nothing to clear in a topic without positions.
  return isRetained && message.end > message.start;
}

/**
 * Numbers `message`, keeps it where the topic has a ring or it is to be retained, and delivers it. Its position is in it
 * afterwards.
 */
export function keepMessage(
  core: Core,
  topic: TopicEntry,
  message: EventMessage,
  isRetained: boolean,
  from: Link | undefined,
): Refusal | undefined {
  const log = findLog(core, topic) ?? core.store.open(topic.name);
  if (topic.wantsRing || message.qos > 0) log.startRing();
  message.receivedAt = core.now;
  message.ingressMicros = core.wallMicros();
  const refusal = store(core, log, message, isRetained);
  if (refusal !== undefined) return refusal;
  const { cursors } = topic;
  core.work += cursors.length;
  for (let at = 0; at < cursors.length; at++) cursors[at]?.appended(log);
  deliver(core, topic, message, from);
  return undefined;
}

function store(
  core: Core,
  log: TopicLog<EventMessage>,
  message: EventMessage,
  isRetained: boolean,
): Refusal | undefined {
  const isValue = isRetained && message.end > message.start;
  const kept = log.hasRing || isValue ? ownMessage(message) : message;
  kept.ordinal = core.counters.published;
  const bytes = storedBytes(kept);
  if (isValue && !log.mayRetain(bytes)) return full("retained values");
  const sequence = log.append(kept, bytes, core.now);
  if (sequence === undefined) return full("messages");
  number(message, log.epoch, sequence);
  if (kept !== message) number(kept, log.epoch, sequence);
  if (isValue) log.retain(sequence, kept, bytes, core.now);
  else if (isRetained) log.clearRetained();
  if (log.hasRing) core.counters.stored++;
  return undefined;
}

function number(message: EventMessage, epoch: number, sequence: number): void {
  message.epoch = epoch;
  message.sequence = sequence;
}

/** How often the store lets go of what is too old. */
const STORE_INTERVAL_MS = 1000;

/** To be called some times a second. */
export function forgetOld(core: Core): void {
  if (core.now < core.storeDueAt) return;
  core.storeDueAt = core.now + STORE_INTERVAL_MS;
  core.store.advance(core.now);
}

const full = (what: string): Refusal => ({
  code: Code.RESOURCE_EXHAUSTED,
  message: `the router has no room for more ${what} of this topic`,
});

/**
 * Publishes a message of the router's own, in memory of its own, to `topic`; false where there is no room for it. What it is
 * published for may be answered afterwards: it is stored and on its way.
 */
export function publishInternally(core: Core, topic: string, message: EventMessage): boolean {
  const entry = core.topics.entry(topic);
  message.topic = entry;
  if (isKept(core, entry, message, false)) {
    return keepMessage(core, entry, message, false, undefined) === undefined;
  }
  message.receivedAt = core.now;
  message.ingressMicros = core.wallMicros();
  deliver(core, entry, message, undefined);
  return true;
}
