/**
 * The end of a link: everything it had open ends for everybody else, the peer is told why, and what it still sends is thrown
 * away until it has read that, for a short time.
 */
import { Code, encodeFrame, FrameType, LinkCode, Reason, wire } from "@nexus-bridge/protocol";
import { abandonCall, loseResponder } from "../calls/end.ts";
import { dropReader } from "../consume/consumption.ts";
import type { Core } from "../core.ts";
import type { Link } from "../link.ts";
import { endLane } from "../topics/lane.ts";
import { dropSubscription } from "../topics/subscribe.ts";
import { dropBacklog } from "./backlog.ts";
import { settleProbe } from "./probe.ts";
import { enter } from "./transitions.ts";

/** How long, and how much, input is discarded after the last frame, so that a reset does not swallow it. */
export const DISCARD_MS = 1000;
export const DISCARD_BYTES = 256 * 1024;

/** Ends the link with ERROR. */
export function failLink(core: Core, link: Link, code: number, message: string): void {
  if (link.preface !== undefined) {
    // No frame goes before the preface, and no preface before the peer's.
    leaveLink(core, link, code, message);
    return;
  }
  const payload = wire.Status.encode({ message });
  closeLink(core, link, code, message, encodeFrame({ type: FrameType.ERROR, arg: code, payload }));
}

/** Ends the link in good order, with CLOSE. */
export function finishLink(core: Core, link: Link, code: number, message: string): void {
  closeLink(core, link, code, message, encodeFrame({ type: FrameType.CLOSE, arg: code }));
}

/** The peer has said its last: nothing is answered. */
export function leaveLink(core: Core, link: Link, code: number, message: string): void {
  closeLink(core, link, code, message, undefined);
}

function closeLink(
  core: Core,
  link: Link,
  code: number,
  message: string,
  lastFrame: Uint8Array | undefined,
): void {
  if (link.state === "closed") return;
  enter(link, "closed");
  link.closeCode = code;
  forgetInput(core, link);
  releaseAll(core, link);
  if (lastFrame !== undefined) link.outbox.put(lastFrame);
  link.outbox.finish();
  link.channel.end();
  link.cutAt = core.now + DISCARD_MS;
  core.wheel.arm(link.timer, link.cutAt);
  core.emit({ kind: "linkClosed", link: link.id, remote: link.channel.remote, code, message });
}

/** The channel is gone: there is nobody to be told. */
export function loseLink(core: Core, link: Link, message: string): void {
  core.wheel.disarm(link.timer);
  core.links.delete(link);
  if (link.state === "closed") return;
  enter(link, "closed");
  link.closeCode = LinkCode.NO_ERROR;
  forgetInput(core, link);
  releaseAll(core, link);
  link.outbox.close();
  core.emit({
    kind: "linkClosed",
    link: link.id,
    remote: link.channel.remote,
    code: link.closeCode,
    message,
  });
}

function forgetInput(core: Core, link: Link): void {
  link.decoder.stop();
  dropBacklog(core, link);
  core.partialBytes -= link.partialBytes;
  link.partialBytes = 0;
}

/** Input after the end; the channel is cut when there is too much of it. */
export function discard(link: Link, bytes: number): void {
  link.discardedBytes += bytes;
  if (link.discardedBytes > DISCARD_BYTES) link.channel.destroy();
}

/** Ends what the link had open, for those at the other end of it. */
function releaseAll(core: Core, link: Link): void {
  core.greetings.delete(link);
  settleProbe(core, link, undefined);
  for (const attachment of [...link.attachments.values()]) {
    if (attachment.kind === "subscription") dropSubscription(core, attachment);
    else if (attachment.kind === "reader") dropReader(core, attachment);
    else if (attachment.kind === "lane") endLane(core, attachment);
    else if (attachment.kind === "registration") {
      core.services.remove(attachment);
      const { service, instance } = attachment;
      core.emit({ kind: "unregistered", link: link.id, service: service.name, instance });
    }
  }
  link.attachments.clear();
  for (const call of link.inbound.all()) {
    abandonCall(core, call, Code.CANCELLED, 0);
  }
  const lost = {
    code: Code.UNAVAILABLE,
    reason: Reason.PROVIDER_LOST,
    message: "the provider that had the call is gone",
  } as const;
  for (const call of link.outbound.all()) loseResponder(core, call, lost);
  // Calls whose OPEN still waits for this link have no id here yet.
  for (const call of link.awaiting) loseResponder(core, call, lost);
}
