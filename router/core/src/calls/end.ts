/**
 * How calls end. Each end of a call is told once: the requester by its last frame or STATUS, the responder by CANCEL where it
 * has not said its last itself. Afterwards both ids are closed and nothing refers to the call.
 */
import {
  type Code,
  encodeFrame,
  Flag,
  FrameType,
  packCode,
  type Reason,
  wire,
} from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import type { Link } from "../link.ts";
import { countCall, type Registration } from "../resolve/services.ts";
import type { Call, Flow } from "./call.ts";
import { giveBack, settle } from "./credit.ts";
import { leavePlace } from "./places.ts";

export interface Ending {
  readonly code: Code;
  readonly reason?: Reason;
  readonly message: string;
}

/** The priority bits of a class byte, for frames without payload codec or QoS. */
const PRIORITY_BITS = 0xe0;

/** A STATUS by the router. */
export function statusFrame(
  stream: number,
  frameClass: number,
  ending: Ending,
  isUnexecuted: boolean,
): Uint8Array {
  const { code, reason = 0, message } = ending;
  return encodeFrame({
    type: FrameType.STATUS,
    flags: Flag.END | (isUnexecuted ? Flag.NOEXEC : 0),
    class: frameClass & PRIORITY_BITS,
    stream,
    arg: code,
    payload: wire.Status.encode({ message, reason }),
  });
}

/** Ends `call` for both sides: STATUS to the requester, CANCEL to the responder. What waits for either is dropped. */
export function endCall(core: Core, call: Call, ending: Ending): void {
  const isUnexecuted = call.responderId === 0;
  const { requester, requesterId } = call;
  if (!call.isAnswered) {
    cancelResponder(call, ending.code, ending.reason);
    finishResponder(core, call);
  }
  finishRequester(core, call, ending.code);
  requester.outbox.say(statusFrame(requesterId, call.class, ending, isUnexecuted));
}

/** The responder's link is gone: what it had sent is still delivered, then STATUS. */
export function loseResponder(core: Core, call: Call, ending: Ending): void {
  const isUnexecuted = call.responderId === 0;
  const { requesterId, response } = call;
  const status = statusFrame(requesterId, call.class, ending, isUnexecuted);
  finishResponder(core, call);
  if (response.line !== undefined && !response.line.isEmpty) {
    response.line.push({ bytes: status, since: core.now, creditBytes: 0 });
    return;
  }
  const { requester } = call;
  finishRequester(core, call, ending.code);
  requester.outbox.say(status);
}

/** The requester gave up, or is gone. */
export function abandonCall(core: Core, call: Call, code: Code, reason: number): void {
  if (!call.isAnswered) {
    cancelResponder(call, code, reason);
    finishResponder(core, call);
  }
  finishRequester(core, call, code);
}

function cancelResponder(call: Call, code: Code, reason: number | undefined): void {
  // Before OPEN has left, dropping it is all.
  if (call.responderId === 0) return;
  const arg = packCode(code, (reason ?? 0) as Reason);
  call.responder.outbox.say(encodeFrame({ type: FrameType.CANCEL, stream: call.responderId, arg }));
}

/** The responder is through with the call: its id and its place are free. */
export function finishResponder(core: Core, call: Call): void {
  call.isAnswered = true;
  const { registration } = call.provider;
  if (call.responderId !== 0) call.responder.outbound.delete(call.responderId);
  else call.responder.awaiting.delete(call);
  leavePlace(core, registration, call.requester);
  endFlow(call.request);
  if (!call.response.isEnded) giveBack(call.response);
  if (registration.isClosing && registration.inFlight === 0) sayUnregistered(core, registration);
}

/** The requester has its answer, which says `code`; the responder is through already. */
export function finishRequester(core: Core, call: Call, code: number): void {
  countCall(call.provider, code, core.now - call.openedAt);
  if (core.tap.seesCalls) core.tap.callEnded(call, code, core.now);
  const { requester } = call;
  requester.inbound.delete(call.requesterId);
  if (call.isSender) requester.openSenders--;
  endFlow(call.response);
  core.wheel.disarm(call.timer);
  core.calls.release(call);
}

function endFlow(flow: Flow): void {
  if (!flow.isEnded) giveBack(flow);
  const { line } = flow;
  if (line !== undefined && !line.isEmpty) settle(flow, line.discard());
}

/** The last call of an instance that unregistered is over. */
export function sayUnregistered(core: Core, registration: Registration, arg = 0): void {
  const { link, id } = registration;
  if (link.attachments.get(id) !== registration) return;
  link.attachments.delete(id);
  link.methods -= registration.providers.length;
  link.outbox.say(
    encodeFrame({
      type: FrameType.UNREGISTERED,
      class: registration.class & PRIORITY_BITS,
      stream: id,
      arg,
    }),
  );
  core.emit({
    kind: "unregistered",
    link: link.id,
    service: registration.service.name,
    instance: registration.instance,
  });
}

/** Refuses an OPEN that never became a call. */
export function refuseCall(
  core: Core,
  link: Link,
  call: { readonly stream: number; readonly class: number; readonly name: string },
  ending: Ending,
): void {
  core.counters.callsRefused++;
  link.outbox.say(statusFrame(call.stream, call.class, ending, true));
  core.emit({
    kind: "refused",
    link: link.id,
    stream: call.stream,
    what: call.name === "" ? "call" : `call ${call.name}`,
    code: ending.code,
    reason: ending.reason ?? 0,
    message: ending.message,
  });
}
