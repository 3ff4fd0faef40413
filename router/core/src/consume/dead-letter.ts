/** Messages that no subscriber would settle, published where a person can find them: `$dead.` and their topic. */
import { limits, setUint64, Tag, utf8Bytes } from "@nexus-bridge/protocol";
import type { TopicLog } from "@nexus-bridge/router-stores";
import type { Core } from "../core.ts";
import type { EventMessage } from "../topics/event.ts";
import { publishInternally } from "../topics/keeping.ts";

export const DEAD_PREFIX = "$dead.";
const POSITION_BYTES = 12;
const encoder = new TextEncoder();

/**
 * Publishes a copy of `message` to its dead-letter topic, with its position and `reason`; false where there is no room now. A
 * message that has none, since it is a dead letter itself or its topic's name is too long, or that the ring let go of, is
 * dropped and counted.
 */
export function bury(
  core: Core,
  log: TopicLog<EventMessage>,
  message: EventMessage | undefined,
  reason: string,
): boolean {
  const topic = `${DEAD_PREFIX}${log.topic}`;
  const hasNoTopic = log.topic.startsWith(DEAD_PREFIX) || utf8Bytes(topic) > limits.nameBytes;
  if (message === undefined || hasNoTopic) {
    core.counters.dropped++;
    core.emit({ kind: "deadLettered", topic: log.topic, reason, isPublished: false });
    return true;
  }
  const dead: EventMessage = {
    ...message,
    qos: 1,
    meta: withCause(message, reason),
    tellsPosition: true,
    kept: undefined,
  };
  if (!publishInternally(core, topic, dead)) return false;
  core.counters.deadLettered++;
  core.emit({ kind: "deadLettered", topic: log.topic, reason, isPublished: true });
  return true;
}

/** The meta of `message` with the position it had and the reason of its death. */
function withCause({ meta, epoch, sequence }: EventMessage, reason: string): Uint8Array {
  const text = encoder.encode(reason);
  const added = new Uint8Array(2 + POSITION_BYTES + 2 + text.length);
  const view = new DataView(added.buffer);
  added[0] = Tag.POSITION;
  added[1] = POSITION_BYTES;
  view.setUint32(2, epoch);
  setUint64(view, 6, sequence);
  added[14] = Tag.DEAD_LETTER_REASON;
  // The texts of this room are shorter than 255 bytes.
  added[15] = text.length;
  added.set(text, 16);
  const whole = new Uint8Array(meta.length + added.length);
  whole.set(meta);
  whole.set(added, meta.length);
  return whole;
}
