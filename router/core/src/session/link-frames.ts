/** Frames that speak of the link itself, after the handshake: heartbeat, aliases, GOAWAY and the peer's own end. */
import {
  AliasAction,
  Code,
  decodeControl,
  encodeFrame,
  type FrameInit,
  FrameType,
  frameTypeName,
  HEARTBEAT_BYTES,
  LinkCode,
  Reason,
  readUtf8,
  wire,
} from "@nexus-bridge/protocol";
import { endCall } from "../calls/end.ts";
import type { Core } from "../core.ts";
import { type FrameFault, payloadFault, protocolError } from "../faults.ts";
import { type Frame, payloadOf } from "../frame.ts";
import type { Link } from "../link.ts";
import { checkMeta, metaFields } from "../meta-check.ts";
import { createBoundName } from "../names.ts";
import { isAhead } from "../stream-table.ts";
import { takeToken } from "../token-bucket.ts";
import { leaveLink } from "./closed.ts";
import { sayLastAccepted } from "./draining.ts";
import { answerProbe } from "./probe.ts";

const NO_LIMIT = 0xffffffff;

/** Counts a frame that does nothing; too many of them are a fault. */
export function idleFault(core: Core, link: Link): FrameFault | undefined {
  if (takeToken(link.idleControls, core.now)) return undefined;
  return {
    code: LinkCode.RATE_LIMITED,
    message: `more than ${core.limits.idleControlPerSecond} frames a second that do nothing`,
  };
}

export function linkFrame(core: Core, link: Link, frame: Frame): FrameFault | undefined {
  switch (frame.type) {
    case FrameType.PING:
      return ping(core, link, frame);
    case FrameType.PONG:
      if (frame.payloadLength !== HEARTBEAT_BYTES) return protocolError("PONG of a wrong size");
      answerProbe(core, link, frame);
      if (link.state === "draining") sayLastAccepted(link);
      return undefined;
    case FrameType.ALIAS:
      return alias(core, link, frame);
    case FrameType.GOAWAY:
      return goAway(core, link, frame);
    case FrameType.CLOSE:
      leaveLink(core, link, frame.arg, "the peer closed the link");
      return undefined;
    case FrameType.ERROR:
      leaveLink(core, link, frame.arg, peerMessage(frame));
      return undefined;
    default:
      return protocolError(`${frameTypeName(frame.type)} is not for a router`);
  }
}

function peerMessage(frame: Frame): string {
  const decoded = decodeControl(wire.Status, payloadOf(frame));
  return decoded.kind === "fault" ? "the peer reported an error" : decoded.payload.message;
}

function ping(core: Core, link: Link, frame: Frame): FrameFault | undefined {
  if (frame.payloadLength !== HEARTBEAT_BYTES) return protocolError("PING of a wrong size");
  const fault = idleFault(core, link);
  if (fault !== undefined) return fault;
  say(link, { type: FrameType.PONG, payload: payloadOf(frame) });
  return undefined;
}

function alias(core: Core, link: Link, frame: Frame): FrameFault | undefined {
  const fault = checkMeta(frame);
  if (fault !== undefined) return { code: fault.linkCode, message: fault.message };
  const { route, arg } = frame;
  switch (arg) {
    case AliasAction.BIND: {
      const name = metaFields.hasName
        ? readUtf8(frame.bytes, metaFields.nameStart, metaFields.nameEnd)
        : undefined;
      if (name === undefined) return protocolError("ALIAS binds no name, or none in UTF-8");
      const problem = link.inboundAliases.bind(route, name, createBoundName(name));
      return problem === undefined ? undefined : { code: LinkCode.ALIAS_ERROR, message: problem };
    }
    case AliasAction.FREE: {
      const idle = idleFault(core, link);
      if (idle !== undefined) return idle;
      if (!link.inboundAliases.free(route)) {
        return { code: LinkCode.ALIAS_ERROR, message: `alias ${route} is not bound` };
      }
      say(link, { type: FrameType.ALIAS, route, arg: AliasAction.FREED });
      return undefined;
    }
    default:
      return protocolError(`ALIAS with ${arg}, which the router did not ask for`);
  }
}

/** The peer goes: it gets no new calls, and those it will not look at are free to be tried elsewhere. */
function goAway(core: Core, link: Link, frame: Frame): FrameFault | undefined {
  const damage = payloadFault(frame);
  if (damage !== undefined) return damage;
  const decoded = decodeControl(wire.GoAway, payloadOf(frame));
  if (decoded.kind === "fault") return protocolError(decoded.message);
  // Two make a drain; each looks at all that the peer has open.
  const idle = idleFault(core, link);
  if (idle !== undefined) return idle;
  for (const attachment of link.attachments.values()) {
    if (attachment.kind === "registration") core.services.remove(attachment);
  }
  const { lastStream } = decoded.payload;
  if (lastStream === NO_LIMIT) return undefined;
  for (const call of link.outbound.all()) {
    if (!isAhead(call.responderId, lastStream)) continue;
    link.outbound.delete(call.responderId);
    // As if its OPEN had never left: the peer has ignored it.
    call.responderId = 0;
    endCall(core, call, {
      code: Code.UNAVAILABLE,
      reason: Reason.SHUTTING_DOWN,
      message: "the provider is shutting down and did not take the call",
    });
  }
  return undefined;
}

const say = (link: Link, frame: FrameInit): void => link.outbox.say(encodeFrame(frame));
