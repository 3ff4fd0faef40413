/** Aliases for topics towards subscribers: bound when a topic proved to come again, and kept. */
import { encodeFrame, FrameType } from "@nexus-bridge/protocol";
import type { Link } from "../link.ts";
import type { TopicEntry } from "./topic-entry.ts";

/** The alias of `topic` towards the peer of `link`, bound where there is none; 0 when no alias is left. */
export function bindTopic(link: Link, topic: TopicEntry): number {
  const use = link.outboundAliases.use(topic.name);
  if (use.bind) {
    const meta = { name: topic.name };
    link.outbox.put(encodeFrame({ type: FrameType.ALIAS, route: use.alias, meta }));
  }
  return use.alias;
}
