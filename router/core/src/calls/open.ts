/** OPEN: the way of a call from its first frame to an instance, or the reason why there is none. */
import {
  Code,
  limits as constants,
  Flag,
  isReservedTopic,
  Reason,
  readUtf8,
} from "@nexus-bridge/protocol";
import { chooseProvider } from "../choose.ts";
import type { Core } from "../core.ts";
import { fitOpen, isFrame } from "../encodings/calls.ts";
import { encodingOf, isEncoded, notAgreed, reads } from "../encodings/transcode.ts";
import { type FrameFault, protocolError } from "../faults.ts";
import { carriesMessage, createFrame, type Frame, loadWhole } from "../frame.ts";
import { type Link, streamsOf } from "../link.ts";
import { checkMeta, metaFields } from "../meta-check.ts";
import type { BoundName } from "../names.ts";
import { MethodKind, type MethodRoute, type Provider } from "../resolve/services.ts";
import { callerMismatch, checkBound, fingerprintOf, type Mismatch } from "../schema-check.ts";
import { traceIdOf } from "../tap.ts";
import { hasToken } from "../token-bucket.ts";
import type { Flow } from "./call.ts";
import { CREDIT_BYTES_MIN, giveBack, openFlow, spend } from "./credit.ts";
import { type Ending, refuseCall } from "./end.ts";
import { takePlace } from "./places.ts";
import { relay } from "./relay.ts";
import { remeta } from "./remeta.ts";

const KIB = 1024;
const KIB_MAX = 0xffffffff;

/** What the OPEN being handled asks for; filled by `admit`. */
interface Request {
  name: string;
  method: MethodRoute | undefined;
  creditMessages: number;
  creditBytes: number;
}

const request: Request = { name: "", method: undefined, creditMessages: 0, creditBytes: 0 };
const changed: Frame = createFrame();

/** Handles an OPEN whose id the session has taken. */
export function openCall(core: Core, link: Link, frame: Frame): FrameFault | undefined {
  const refusal = admit(core, link, frame) ?? resolve(core, link, frame);
  if (refusal !== undefined) {
    refuse(core, link, frame, refusal);
    return undefined;
  }
  const method = request.method as MethodRoute;
  const provider = chooseProvider(core, method, link, frame);
  if (provider === undefined) {
    refuse(core, link, frame, {
      code: Code.RESOURCE_EXHAUSTED,
      message: `every instance of ${method.service.name} has all the calls in flight it may have, or this link its share of them; try again or start another instance`,
    });
    return undefined;
  }
  if (!isEncoded(frame)) return start(core, link, frame, provider);
  const fitted = reads(link, encodingOf(frame)) ? fitOpen(core, link, frame, provider) : notAgreed;
  if (isFrame(fitted)) {
    return start(core, link, fitted, provider, frame);
  }
  refuse(core, link, frame, fitted);
  return undefined;
}

export function refuse(core: Core, link: Link, frame: Frame, ending: Ending): void {
  refuseCall(core, link, { stream: frame.stream, class: frame.class, name: request.name }, ending);
}

function admit(core: Core, link: Link, frame: Frame): Ending | undefined {
  request.name = "";
  request.creditMessages = constants.streamCreditMessages;
  request.creditBytes = constants.streamCreditBytes;
  const fault = checkMeta(frame);
  if (fault !== undefined) return fault;
  if (metaFields.hasCredit) readCreditTag(frame);
  if (frame.hops === 0) {
    return {
      code: Code.UNAVAILABLE,
      reason: Reason.HOPS_EXCEEDED,
      message: "the call went through too many routers",
    };
  }
  if (streamsOf(link) >= link.streamsMax) {
    return exhausted(`the link has ${link.streamsMax} streams open, the most it may`);
  }
  if ((frame.flags & Flag.END) === 0 && link.openSenders >= core.limits.openSendersPerLink) {
    return exhausted(
      `the link has ${core.limits.openSendersPerLink} calls whose request is open, the most it may`,
    );
  }
  if (!hasToken(link.earlyEnds, core.now)) {
    return {
      code: Code.RESOURCE_EXHAUSTED,
      reason: Reason.RATE_LIMITED,
      message: "the link cancels too many calls; slow down",
    };
  }
  return undefined;
}

function readCreditTag(frame: Frame): void {
  request.creditMessages = frame.view.getUint32(metaFields.creditStart);
  request.creditBytes = frame.view.getUint32(metaFields.creditStart + 4) * KIB;
}

const exhausted = (message: string): Ending => ({ code: Code.RESOURCE_EXHAUSTED, message });
const invalid = (message: string): Ending => ({ code: Code.INVALID_ARGUMENT, message });

function resolve(core: Core, link: Link, frame: Frame): Ending | undefined {
  const { services } = core;
  let method: MethodRoute | undefined;
  let mismatch: Mismatch | undefined;
  if (frame.route !== 0) {
    if (metaFields.hasName) return invalid("OPEN names its method by alias and in meta");
    const bound = link.inboundAliases.get(frame.route);
    if (bound === undefined) return invalid(`alias ${frame.route} is not bound`);
    if (bound.methodEpoch !== services.epoch) {
      bound.method = services.method(bound.name);
      bound.methodEpoch = services.epoch;
      if (bound.fingerprint !== 0n) checkBound(core, link, bound);
    }
    request.name = bound.name;
    method = bound.method;
    if (metaFields.fingerprintStart !== 0) learnFingerprint(core, link, bound, frame);
    mismatch = bound.mismatch;
  } else {
    if (!metaFields.hasName) return invalid("OPEN names no method");
    const name = readUtf8(frame.bytes, metaFields.nameStart, metaFields.nameEnd);
    if (name === undefined) return invalid("the method's name is not UTF-8");
    request.name = name;
    method = services.method(name);
    if (metaFields.fingerprintStart !== 0 && method !== undefined) {
      mismatch = callerMismatch(core, link, method, fingerprintOf(frame));
    }
  }
  request.method = method;
  if (method === undefined) return nobody(core, request.name);
  if (mismatch !== undefined) {
    core.counters.schemaRefused++;
    return mismatch;
  }
  const isSingle = method.kind === MethodKind.UNARY || method.kind === MethodKind.SERVER;
  if (isSingle && !carriesMessage(frame)) {
    return invalid(`${method.name} takes one request message, and OPEN carries none`);
  }
  return undefined;
}

/** The caller says of which type its requests are; it need not say so again. */
function learnFingerprint(core: Core, link: Link, bound: BoundName, frame: Frame): void {
  const fingerprint = fingerprintOf(frame);
  if (fingerprint === bound.fingerprint) return;
  bound.fingerprint = fingerprint;
  checkBound(core, link, bound);
}

function nobody(core: Core, name: string): Ending {
  const slash = name.indexOf("/");
  if (slash <= 0 || slash === name.length - 1 || isReservedTopic(name)) {
    return invalid(`"${name}" is no method: it must read package.Service/Method`);
  }
  const service = name.slice(0, slash);
  if (core.services.has(service)) {
    return {
      code: Code.UNIMPLEMENTED,
      reason: Reason.NO_ROUTE,
      message: `${service} has no method ${name.slice(slash + 1)}`,
    };
  }
  return {
    code: Code.UNAVAILABLE,
    reason: Reason.NO_PROVIDER,
    message: `no instance serves ${name}; start a provider of ${service}`,
  };
}

/** `received` is the frame as it came; `frame` may be its translation for the provider. */
function start(
  core: Core,
  link: Link,
  frame: Frame,
  provider: Provider,
  received: Frame = frame,
): FrameFault | undefined {
  const bytes = frame.payloadLength;
  if (bytes > constants.streamCreditBytes) {
    refuse(core, link, frame, exhausted(`OPEN carries ${bytes} bytes, more than its credit`));
    return undefined;
  }
  const hasEnd = (frame.flags & Flag.END) !== 0;
  const creditMax = core.limits.creditBytesPerLink;
  const requestBytes = hasEnd ? bytes : constants.streamCreditBytes;
  // Who calls itself needs room for both directions on one link.
  const ownBytes = provider.link === link ? requestBytes : 0;
  const responseRoom = creditMax - link.committedBytes - ownBytes;
  if (
    responseRoom < Math.min(CREDIT_BYTES_MIN, request.creditBytes) ||
    provider.link.committedBytes + requestBytes > creditMax
  ) {
    refuse(core, link, frame, exhausted("the link's credit is used up; finish calls first"));
    return undefined;
  }
  const call = core.calls.take(link, frame.stream, provider);
  call.class = frame.class;
  call.openedAt = core.now;
  if (core.tap.seesCalls) call.traceId = traceIdOf(received);
  core.counters.calls++;
  takePlace(provider.registration, link);
  link.inbound.set(frame.stream, call);
  const passed = Math.min(request.creditBytes, Math.floor(responseRoom / KIB) * KIB);
  openFlow(call.response, request.creditMessages, request.creditBytes, passed);
  openRequest(call.request, frame, hasEnd);
  call.request.extraBytes = bytes - received.payloadLength;
  if (!hasEnd) {
    call.isSender = true;
    link.openSenders++;
  }
  if (frame.arg !== 0) core.wheel.arm(call.timer, core.now + frame.arg);
  if (passed < request.creditBytes) {
    link.withheld.add(call.response);
    core.withholding.add(link);
    return relayClipped(core, call.request, frame, passed);
  }
  relay(core, call.request, frame, bytes);
  return undefined;
}

function openRequest(flow: Flow, frame: Frame, hasEnd: boolean): void {
  openFlow(
    flow,
    constants.streamCreditMessages,
    constants.streamCreditBytes,
    constants.streamCreditBytes,
  );
  // OPEN's message costs bytes, but no message credit.
  spend(flow, 0, frame.payloadLength);
  flow.isPartial = (frame.flags & Flag.MORE) !== 0;
  if (hasEnd) giveBack(flow);
}

/** The grant that does not fit is lowered in the forwarded OPEN. */
function relayClipped(
  core: Core,
  flow: Flow,
  frame: Frame,
  passed: number,
): FrameFault | undefined {
  const initialCredit = {
    messages: request.creditMessages,
    kibibytes: Math.min(passed / KIB, KIB_MAX),
  };
  const bytes = remeta(frame, (meta) => ({ ...meta, initialCredit }));
  if (bytes === undefined) return protocolError("OPEN with a meta block that cannot be read");
  loadWhole(changed, bytes);
  relay(core, flow, changed, frame.payloadLength);
  return undefined;
}
