/** The frames of a call after OPEN, from either end: DATA, HEADERS, STATUS, CANCEL and CREDIT. */
import {
  Code,
  codeOf,
  encodeFrame,
  Flag,
  FrameType,
  readCredit,
  reasonOf,
} from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import { fitData, isFrame } from "../encodings/calls.ts";
import { encodingOf, isEncoded, notAgreed, reads } from "../encodings/transcode.ts";
import { type FrameFault, payloadFault, protocolError } from "../faults.ts";
import { carriesMessage, type Frame } from "../frame.ts";
import type { Link } from "../link.ts";
import { checkMeta } from "../meta-check.ts";
import { takeToken } from "../token-bucket.ts";
import type { Call, Flow } from "./call.ts";
import { giveBack, raise, spend } from "./credit.ts";
import { abandonCall, type Ending, endCall, finishResponder } from "./end.ts";
import { lower } from "./places.ts";
import { relay } from "./relay.ts";

/** DATA of either end. */
export function data(core: Core, call: Call, flow: Flow, frame: Frame): void {
  if (frame.metaLength > 0 && !metaHolds(core, call, flow, frame)) return;
  if (flow.isEnded) {
    failCall(core, call, flow.isRequest, broken("DATA after END"));
    return;
  }
  const begins = !flow.isPartial && carriesMessage(frame) ? 1 : 0;
  if (!spend(flow, begins, frame.payloadLength)) {
    overdrawn(core, call, flow);
    return;
  }
  const sent = isEncoded(frame) ? translated(core, call, flow, frame) : frame;
  if (sent !== undefined) pass(core, call, flow, sent);
}

/** Nobody is to blame where it was the router's translation that used the credit up. */
function overdrawn(core: Core, call: Call, flow: Flow): void {
  if (flow.extraBytes > 0) endCall(core, call, grown);
  else {
    failCall(core, call, flow.isRequest, {
      code: Code.RESOURCE_EXHAUSTED,
      message: "DATA above the credit of its stream",
    });
  }
}

const grown: Ending = {
  code: Code.UNIMPLEMENTED,
  message:
    "the receiver does not read the payloads' codec, and what they hold is more than its credit; send them without",
};

/** The frame as its receiver reads it; undefined where the call has ended. */
function translated(core: Core, call: Call, flow: Flow, frame: Frame): Frame | undefined {
  const sender = flow.isRequest ? call.requester : call.responder;
  if (!reads(sender, encodingOf(frame))) {
    failCall(core, call, flow.isRequest, notAgreed);
    return undefined;
  }
  const fitted = fitData(core, flow, frame);
  if (isFrame(fitted)) return fitted;
  endCall(core, call, fitted);
  return undefined;
}

function pass(core: Core, call: Call, flow: Flow, frame: Frame): void {
  flow.isPartial = (frame.flags & Flag.MORE) !== 0;
  if ((frame.flags & Flag.END) === 0) {
    relay(core, flow, frame, frame.payloadLength);
    return;
  }
  giveBack(flow);
  if (flow.isRequest) endRequest(call);
  else finishResponder(core, call);
  relay(core, flow, frame, frame.payloadLength);
}

function endRequest(call: Call): void {
  if (!call.isSender) return;
  call.isSender = false;
  call.requester.openSenders--;
}

/** HEADERS and STATUS, which only a responder says. */
export function answer(core: Core, call: Call, frame: Frame): void {
  if (frame.metaLength > 0 && !metaHolds(core, call, call.response, frame)) return;
  if (frame.type === FrameType.STATUS) {
    const isFull = frame.arg === Code.RESOURCE_EXHAUSTED && (frame.flags & Flag.NOEXEC) !== 0;
    const { registration } = call.provider;
    finishResponder(core, call);
    if (isFull) lower(registration, core.now);
    relay(core, call.response, frame, 0);
    return;
  }
  if (call.hasHeaders || call.response.sentMessages > 0 || frame.payloadLength > 0) {
    endCall(core, call, broken("HEADERS twice, after DATA or with a payload"));
    return;
  }
  call.hasHeaders = true;
  relay(core, call.response, frame, 0);
}

/** CANCEL of either end, which closes both at once. */
export function cancel(core: Core, link: Link, call: Call, frame: Frame): void {
  const code = codeOf(frame.arg) as Code;
  const reason = reasonOf(frame.arg);
  if (link === call.requester && frame.stream === call.requesterId) {
    // With the budget used up a CANCEL still counts as one: it is the next OPEN that is refused.
    takeToken(link.earlyEnds, core.now);
    abandonCall(core, call, code, reason);
    return;
  }
  const { requester, requesterId } = call;
  finishResponder(core, call);
  abandonCall(core, call, code, reason);
  requester.outbox.say(
    encodeFrame({ type: FrameType.CANCEL, stream: requesterId, arg: frame.arg }),
  );
}

/** CREDIT of the consumer of `flow`. False when it raised nothing. */
export function credit(core: Core, flow: Flow, frame: Frame): FrameFault | boolean {
  const damage = payloadFault(frame);
  if (damage !== undefined) return damage;
  const read = readCredit(frame.view, frame.payloadStart, frame.end);
  if (read.kind === "fault") return protocolError(read.message);
  return raise(core, flow, read.payload.messages, read.payload.bytes);
}

function metaHolds(core: Core, call: Call, flow: Flow, frame: Frame): boolean {
  const fault = checkMeta(frame);
  if (fault === undefined) return true;
  failCall(core, call, flow.isRequest, fault);
  return false;
}

/** Ends a call for a fault of one of its ends. A requester that has the router cancel its calls cancels them itself. */
export function failCall(core: Core, call: Call, isRequester: boolean, ending: Ending): void {
  if (isRequester) takeToken(call.requester.earlyEnds, core.now);
  endCall(core, call, ending);
}

const broken = (message: string): Ending => ({ code: Code.INVALID_ARGUMENT, message });
