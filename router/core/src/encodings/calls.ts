/**
 * Encoded messages of calls: forwarded untouched to who reads them, translated for who does not, in one frame and inside the
 * credit that the receiver gave. What does not fit ends the call.
 */
import { limits as constants, Flag } from "@nexus-bridge/protocol";
import type { Flow } from "../calls/call.ts";
import { consumerOf } from "../calls/credit.ts";
import type { Ending } from "../calls/end.ts";
import type { Core } from "../core.ts";
import { carriesMessage, createFrame, type Frame, loadWhole, payloadOf } from "../frame.ts";
import type { Link } from "../link.ts";
import type { Provider } from "../resolve/services.ts";
import {
  damaged,
  encodingOf,
  inFragments,
  isIntact,
  type Payload,
  reads,
  reencode,
  type Transcoding,
  transcode,
} from "./transcode.ts";

/** The frame made last; who needs it longer copies it. */
const fitted: Frame = createFrame();

export const isFrame = (result: Frame | Ending): result is Frame => "view" in result;

/** An encoded OPEN as `provider` reads it, or why it cannot be given to it. */
export function fitOpen(
  core: Core,
  sender: Link,
  frame: Frame,
  { link, method }: Provider,
): Frame | Ending {
  const encoding = encodingOf(frame);
  if (reads(link, encoding)) return frame;
  return translate(core, frame, {
    sender,
    encoding,
    reader: link,
    schema: () => core.encodings.schemas?.method(method.name)?.request,
    bytesMax: constants.streamCreditBytes,
  });
}

/** Encoded DATA whose bytes were taken from the flow's credit; what it grows or shrinks by is taken too. */
export function fitData(core: Core, flow: Flow, frame: Frame): Frame | Ending {
  const reader = consumerOf(flow);
  const encoding = encodingOf(frame);
  if (reads(reader, encoding)) return frame;
  if (flow.isPartial) return inFragments;
  const { name } = flow.call.provider.method;
  const room = flow.passedBytes - flow.sentBytes + frame.payloadLength;
  const result = translate(core, frame, {
    sender: flow.isRequest ? flow.call.requester : flow.call.responder,
    encoding,
    reader,
    schema: () => {
      const types = core.encodings.schemas?.method(name);
      return flow.isRequest ? types?.request : types?.response;
    },
    bytesMax: Math.min(constants.fragmentBytes, room),
  });
  if (isFrame(result)) grow(flow, result.payloadLength - frame.payloadLength);
  return result;
}

/** The consumer counts the bytes it gets, the producer those it sent: credit is told to each in its own. */
export function grow(flow: Flow, bytes: number): void {
  flow.sentBytes += bytes;
  flow.extraBytes += bytes;
}

function translate(core: Core, frame: Frame, asked: Transcoding): Frame | Ending {
  if ((frame.flags & Flag.MORE) !== 0) return inFragments;
  let payload: Payload | Ending = { bytes: payloadOf(frame), codec: 0, isJson: false };
  if (carriesMessage(frame)) {
    if (!isIntact(frame)) return damaged;
    payload = transcode(core, payloadOf(frame), asked);
    if ("code" in payload) return payload;
  }
  loadWhole(fitted, reencode(frame, payload));
  return fitted;
}
