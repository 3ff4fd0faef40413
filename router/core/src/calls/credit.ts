/**
 * Credit of calls: it comes from a flow's consumer and is passed on to its producer, never invented. What producers may still
 * send to one link plus what waits for it stays below the link's limit; what does not fit is passed on later.
 */
import {
  CREDIT_BYTES,
  crc32,
  FrameType,
  frameClass,
  HEADER_BYTES,
  sealHeader,
  setLengths,
  setPayloadCrc,
  writeCredit,
  writeHeader,
} from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import type { Link } from "../link.ts";
import type { Outbox } from "../outbox.ts";
import type { Flow } from "./call.ts";

/** The least that a call can live with in one direction. */
export const CREDIT_BYTES_MIN = 4 * 1024;
const CREDIT_FRAME_BYTES = HEADER_BYTES + CREDIT_BYTES;

export const consumerOf = (flow: Flow): Link =>
  flow.isRequest ? flow.call.responder : flow.call.requester;
const producerOf = (flow: Flow): Link =>
  flow.isRequest ? flow.call.requester : flow.call.responder;
const producerIdOf = (flow: Flow): number =>
  flow.isRequest ? flow.call.requesterId : flow.call.responderId;

/** Sets what a flow begins with, and counts it against its consumer's link. */
export function openFlow(flow: Flow, messages: number, bytes: number, passedBytes: number): void {
  flow.grantedMessages = messages;
  flow.grantedBytes = bytes;
  flow.passedMessages = messages;
  flow.passedBytes = passedBytes;
  consumerOf(flow).committedBytes += passedBytes;
}

/** Takes the credit of one frame; false, and nothing taken, when the producer had not so much. */
export function spend(flow: Flow, messages: number, bytes: number): boolean {
  const sentMessages = flow.sentMessages + messages;
  const sentBytes = flow.sentBytes + bytes;
  if (sentMessages > flow.passedMessages || sentBytes > flow.passedBytes) return false;
  flow.sentMessages = sentMessages;
  flow.sentBytes = sentBytes;
  return true;
}

/** Bytes of the flow are on their way to the consumer and count no longer. */
export function settle(flow: Flow, bytes: number): void {
  consumerOf(flow).committedBytes -= bytes;
}

/** Nothing more comes from the producer: what it has not used is free again. */
export function giveBack(flow: Flow): void {
  const consumer = consumerOf(flow);
  consumer.committedBytes -= flow.passedBytes - flow.sentBytes;
  flow.passedBytes = flow.sentBytes;
  flow.passedMessages = flow.sentMessages;
  flow.isEnded = true;
  if (consumer.withheld.size > 0) consumer.withheld.delete(flow);
}

/** The consumer allows more, absolute; false when nothing rises. */
export function raise(core: Core, flow: Flow, messages: number, bytes: number): boolean {
  if (messages <= flow.grantedMessages && bytes <= flow.grantedBytes) return false;
  if (messages > flow.grantedMessages) flow.grantedMessages = messages;
  if (bytes > flow.grantedBytes) flow.grantedBytes = bytes;
  if (!flow.isEnded) passOn(core, flow);
  return true;
}

/** Passes on what was withheld, on every link where credit is owed. */
export function passOnAll(core: Core): void {
  const { withholding } = core;
  if (withholding.size === 0) return;
  for (const link of [...withholding]) {
    if (link.withheld.size > 0) passOnWithheld(core, link);
    if (link.withheld.size === 0) withholding.delete(link);
  }
}

/** Tells the producers of `link` what was withheld from them, those in the middle of a message first. */
function passOnWithheld(core: Core, link: Link): void {
  if (link.committedBytes >= core.limits.creditBytesPerLink) return;
  const flows = [...link.withheld];
  flows.sort((a, b) => Number(b.isPartial) - Number(a.isPartial));
  for (const flow of flows) {
    if (link.committedBytes >= core.limits.creditBytesPerLink) return;
    passOn(core, flow);
  }
}

function passOn(core: Core, flow: Flow): void {
  const consumer = consumerOf(flow);
  const id = producerIdOf(flow);
  const room = Math.max(0, core.limits.creditBytesPerLink - consumer.committedBytes);
  const more = Math.min(flow.grantedBytes - flow.passedBytes, room);
  // Before OPEN has left nobody is there to be told.
  const told = id !== 0 && (more > 0 || flow.grantedMessages > flow.passedMessages);
  if (told) {
    flow.passedMessages = flow.grantedMessages;
    flow.passedBytes += more;
    consumer.committedBytes += more;
    const bytes = flow.passedBytes - flow.extraBytes;
    sendCredit(producerOf(flow).outbox, id, flow.passedMessages, bytes);
  }
  if (flow.passedBytes < flow.grantedBytes || flow.passedMessages < flow.grantedMessages) {
    consumer.withheld.add(flow);
    core.withholding.add(consumer);
  } else if (consumer.withheld.size > 0) {
    consumer.withheld.delete(flow);
  }
}

function sendCredit(outbox: Outbox, stream: number, messages: number, bytes: number): void {
  if (outbox.isClosed) return;
  if (!outbox.isDirect) {
    const frame = new Uint8Array(CREDIT_FRAME_BYTES);
    writeCreditFrame(frame, new DataView(frame.buffer), 0, stream, messages, bytes);
    outbox.say(frame);
    return;
  }
  const slab = outbox.reserve(CREDIT_FRAME_BYTES);
  const at = slab.end - CREDIT_FRAME_BYTES;
  writeCreditFrame(slab.bytes, slab.view, at, stream, messages, bytes);
}

function writeCreditFrame(
  target: Uint8Array,
  view: DataView,
  at: number,
  stream: number,
  messages: number,
  bytes: number,
): void {
  const payload = at + HEADER_BYTES;
  writeHeader(view, at, FrameType.CREDIT, 0, frameClass(0), stream, 0, 0);
  setLengths(view, at, 0, CREDIT_BYTES);
  writeCredit(view, payload, messages, bytes);
  setPayloadCrc(view, at, crc32(target, payload, payload + CREDIT_BYTES));
  sealHeader(target, view, at);
}
