/**
 * What a link must do in time: say HELLO, finish a frame it began, be heard of, and take what it is sent. One timer a link looks
 * at all of it about once a second.
 */
import { encodeFrame, FrameType, HEARTBEAT_BYTES, LinkCode } from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import type { Link } from "../link.ts";
import { failLink } from "./closed.ts";

const LOOK_MS = 1000;
/** A link is dead after so many intervals without a received byte. */
const DEAD_INTERVALS = 3;
/** A frame gets this much longer for every so many bytes of it. */
const FRAME_BYTES_PER_SECOND = 16 * 1024;

/** Looks at `link`, whose timer has fired, and arms it anew. */
export function look(core: Core, link: Link): void {
  if (link.state === "closed") {
    link.channel.destroy();
    return;
  }
  const fault = findFault(core, link);
  if (fault !== undefined) {
    failLink(core, link, fault.code, fault.message);
    return;
  }
  if (link.state !== "greeting") keepAlive(core, link);
  watch(core, link);
}

/** Counts what has come of a frame that is not whole, and since when; to be called when input was read. */
export function notePartial(core: Core, link: Link): void {
  const { pendingBytes } = link.decoder;
  if (pendingBytes !== link.partialBytes) {
    core.partialBytes += pendingBytes - link.partialBytes;
    link.partialBytes = pendingBytes;
  }
  if (pendingBytes === 0) link.partialSince = Number.POSITIVE_INFINITY;
  else if (link.partialSince === Number.POSITIVE_INFINITY) link.partialSince = core.now;
}

/** Arms the timer for the next look. */
export function watch(core: Core, link: Link): void {
  const wait =
    link.state === "greeting"
      ? Math.min(LOOK_MS, Math.max(1, link.connectedAt + core.limits.helloTimeoutMs - core.now))
      : LOOK_MS;
  core.wheel.arm(link.timer, core.now + wait);
}

function findFault(
  core: Core,
  link: Link,
): { readonly code: number; readonly message: string } | undefined {
  const { now, limits } = core;
  if (link.state === "greeting") {
    if (now - link.connectedAt < limits.helloTimeoutMs) return undefined;
    return {
      code: LinkCode.HELLO_TIMEOUT,
      message: `no HELLO within ${limits.helloTimeoutMs} ms`,
    };
  }
  if (now - link.receivedAt >= DEAD_INTERVALS * link.heartbeatMs) {
    return {
      code: LinkCode.HEARTBEAT_TIMEOUT,
      message: `nothing was heard for ${DEAD_INTERVALS} intervals of ${link.heartbeatMs} ms`,
    };
  }
  const { outbox } = link;
  if (outbox.handedBytes > 0 && now - outbox.progressAt >= limits.writeStallMs) {
    return {
      code: LinkCode.SLOW_CONSUMER,
      message: `no byte was taken for ${limits.writeStallMs} ms`,
    };
  }
  return slowFrame(core, link);
}

function slowFrame(
  core: Core,
  link: Link,
): { readonly code: number; readonly message: string } | undefined {
  const bytes = link.decoder.pendingBytes;
  const allowedMs = core.limits.frameTimeoutMs + (bytes / FRAME_BYTES_PER_SECOND) * 1000;
  const isSlow = core.now - link.partialSince >= allowedMs;
  const isStuck = bytes > 0 && core.now - link.receivedAt >= core.limits.frameTimeoutMs;
  if (!isSlow && !isStuck) return undefined;
  return {
    code: LinkCode.PROTOCOL_ERROR,
    message: `a frame did not arrive in time: ${bytes} bytes of it in ${Math.round(core.now - link.partialSince)} ms`,
  };
}

/** PING when for one interval nothing was received or nothing was sent, at most one an interval. */
function keepAlive(core: Core, link: Link): void {
  const { now } = core;
  const { outbox, heartbeatMs } = link;
  if (outbox.frames !== link.framesSeen) {
    link.framesSeen = outbox.frames;
    link.sentAt = now;
  }
  const isIdle = now - link.receivedAt >= heartbeatMs || now - link.sentAt >= heartbeatMs;
  if (!isIdle || now - link.pingedAt < heartbeatMs) return;
  link.pingedAt = now;
  outbox.say(encodeFrame({ type: FrameType.PING, payload: new Uint8Array(HEARTBEAT_BYTES) }));
}
