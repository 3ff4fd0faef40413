/** What a peer that does not read costs: beyond its bounds, or where the router's memory is used up, its link ends. */
import { LinkCode } from "@nexus-bridge/protocol";
import type { Core } from "./core.ts";
import type { Link } from "./link.ts";
import type { Outbox } from "./outbox.ts";
import { failLink } from "./session/closed.ts";

/** What neither credit nor a slow policy holds back is a peer that does not read. */
export function capOutbox(core: Core, outbox: Outbox): void {
  const { outboxBytesPerLink, outboxMessagesPerLink, creditBytesPerLink } = core.limits;
  // Byte credit covers payloads alone: a flood of frames with next to none is bounded here.
  const isOver =
    outbox.uncreditedBytes - outbox.policedBytes > outboxBytesPerLink ||
    outbox.queuedMessages - outbox.policedMessages > outboxMessagesPerLink ||
    outbox.queuedBytes - outbox.uncreditedBytes > 2 * creditBytesPerLink;
  if (!isOver || outbox.owner === undefined) return;
  core.emit({ kind: "slow", link: outbox.owner.id, queuedBytes: outbox.queuedBytes });
  failLink(core, outbox.owner, LinkCode.SLOW_CONSUMER, "the peer does not read its answers");
}

/** Gives memory back by ending the links that hold most of it. */
export function relieve(core: Core, heldBytes: number): void {
  let excess = heldBytes - core.limits.routerQueuedBytes;
  while (excess > 0) {
    let longest: Link | undefined;
    for (const link of core.links) {
      if (link.state !== "closed" && held(link) > (longest ? held(longest) : 0)) longest = link;
    }
    if (longest === undefined) return;
    excess -= held(longest);
    core.emit({ kind: "slow", link: longest.id, queuedBytes: longest.outbox.queuedBytes });
    failLink(core, longest, LinkCode.SLOW_CONSUMER, "the router's memory for queues is used up");
  }
}

const held = ({ outbox, partialBytes }: Link): number =>
  outbox.queuedBytes + outbox.pendingBytes + partialBytes;
