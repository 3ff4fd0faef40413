/** Asks a link for a sign of life by PING, for whoever wants to know how far away it is. One question a link at a time. */
import { encodeFrame, FrameType, HEARTBEAT_BYTES } from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import { type Frame, payloadOf } from "../frame.ts";
import type { Link } from "../link.ts";

export interface Probe {
  readonly nonce: number;
  readonly sentAt: number;
  readonly dueAt: number;
  /** Told the milliseconds, or undefined where no answer came in time. */
  readonly waiting: ((durationMs: number | undefined) => void)[];
}

/** Tells the answer to a probe from that to a heartbeat, whose payload is zero. */
const MARK = 0x4e58_5052;
/** Those who wait for one answer; a further one is told that there is none. */
const WAITING_MAX = 1024;

/** Who asks while a question is under way gets its answer. */
export function probe(core: Core, link: Link, timeoutMs: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    if (link.state !== "open" && link.state !== "draining") {
      resolve(undefined);
      return;
    }
    if (link.probe === undefined) begin(core, link, timeoutMs);
    const waiting = link.probe?.waiting ?? [];
    if (waiting.length < WAITING_MAX) waiting.push(resolve);
    else resolve(undefined);
  });
}

function begin(core: Core, link: Link, timeoutMs: number): void {
  const nonce = ++core.probes.count >>> 0;
  link.probe = { nonce, sentAt: core.now, dueAt: core.now + timeoutMs, waiting: [] };
  core.probes.links.add(link);
  const payload = new Uint8Array(HEARTBEAT_BYTES);
  const view = new DataView(payload.buffer);
  view.setUint32(0, MARK);
  view.setUint32(4, nonce);
  link.outbox.say(encodeFrame({ type: FrameType.PING, payload }));
}

/** A PONG of the right size has come. */
export function answerProbe(core: Core, link: Link, frame: Frame): void {
  if (link.probe === undefined) return;
  const payload = payloadOf(frame);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  if (view.getUint32(0) !== MARK || view.getUint32(4) !== link.probe.nonce) return;
  settleProbe(core, link, core.now - link.probe.sentAt);
}

/** Ends the question that is under way; without an answer where the link is gone. */
export function settleProbe(core: Core, link: Link, durationMs: number | undefined): void {
  const { probe: asked } = link;
  if (asked === undefined) return;
  link.probe = undefined;
  core.probes.links.delete(link);
  for (const resolve of asked.waiting) resolve(durationMs);
}

/** Gives up on what was not answered in time. */
export function expireProbes(core: Core): void {
  for (const link of core.probes.links) {
    if (link.probe !== undefined && core.now >= link.probe.dueAt)
      settleProbe(core, link, undefined);
  }
}
