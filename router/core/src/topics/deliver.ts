/** The last stretch of a message: to every subscription that takes it as it comes, and to one member of each queue group. */
import { GapReason } from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import { encodedDelivery } from "../encodings/topics.ts";
import type { Link } from "../link.ts";
import { type EventMessage, ttlLeft } from "./event.ts";
import type { GroupTarget, Target, TopicEntry } from "./topic-entry.ts";

/** Of messages that the router says itself. */
const NO_LINK = 0;

/**
 * Gives `message`, which came on the link `from` or is the router's own, to who is there. Cursors are not among them: they read
 * from the log.
 */
export function deliver(
  core: Core,
  topic: TopicEntry,
  message: EventMessage,
  from: Link | undefined,
): void {
  const { targets, groups } = topic;
  if (targets.length === 0 && groups.length === 0) return;
  core.work += targets.length + groups.length;
  if (ttlLeft(message, core.now) <= 0) {
    core.counters.dropped++;
    core.emit({
      kind: "dropped",
      link: from?.id ?? NO_LINK,
      topic: topic.name,
      count: 1,
      reason: GapReason.RETENTION,
    });
    return;
  }
  const give = encodedDelivery(core, message, from);
  for (let at = 0; at < targets.length; at++) {
    const target = targets[at] as Target;
    if (give === undefined) target.subscription.deliver(message, target);
    else give(target);
  }
  for (let at = 0; at < groups.length; at++) {
    const target = chooseMember(core, groups[at] as GroupTarget);
    if (give === undefined) target.subscription.deliver(message, target);
    else give(target);
  }
}

/** Looking at a member costs a sixteenth of a delivery. */
const LOOKS_SHIFT = 4;

/** The next member that can take an event at once, else the next in turn. */
function chooseMember(core: Core, group: GroupTarget): Target {
  const { members } = group;
  const start = group.cursor;
  group.cursor = start + 1 >= members.length ? 0 : start + 1;
  for (let step = 0; step < members.length; step++) {
    const at = start + step;
    const target = members[at >= members.length ? at - members.length : at] as Target;
    if (target.subscription.isReady) {
      core.work += step >>> LOOKS_SHIFT;
      return target;
    }
  }
  core.work += members.length >>> LOOKS_SHIFT;
  return members[start] as Target;
}
