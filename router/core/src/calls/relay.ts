/**
 * Sends a call's frames on: at once while the link keeps up, else from the call's line when its turn comes. Only here is a
 * frame given the ids, alias and deadline of the next link.
 */
import {
  AliasAction,
  CLASS_CONTROL,
  Code,
  encodeFrame,
  Flag,
  FrameType,
  Reason,
} from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import { copyFrame, type Frame, loadWhole, readdress } from "../frame.ts";
import { type Link, takeOutboundId } from "../link.ts";
import type { Provider } from "../resolve/services.ts";
import type { Call, Flow } from "./call.ts";
import { CallLine, type WaitingFrame } from "./call-line.ts";
import { consumerOf, settle } from "./credit.ts";
import { endCall, finishRequester } from "./end.ts";
import { remeta } from "./remeta.ts";

/** Sends `frame` of `flow` on. It may end the call, so that afterwards the caller must not touch it. */
export function relay(core: Core, flow: Flow, frame: Frame, creditBytes: number): void {
  const { outbox } = consumerOf(flow);
  const { line } = flow;
  if ((line === undefined || line.isEmpty) && outbox.isDirect) {
    settle(flow, creditBytes);
    leave(core, flow, frame, 0);
    return;
  }
  if (outbox.isClosed) {
    settle(flow, creditBytes);
    return;
  }
  flow.line ??= new CallLine(flow, outbox, (of, waiting) => release(core, of, waiting));
  if (flow.isRequest && flow.call.responderId === 0) flow.call.responder.awaiting.add(flow.call);
  flow.line.push({ bytes: copyFrame(frame), since: core.now, creditBytes });
}

function release(core: Core, flow: Flow, waiting: WaitingFrame): void {
  settle(flow, waiting.creditBytes);
  loadWhole(core.released, waiting.bytes);
  leave(core, flow, core.released, Math.floor(core.now - waiting.since));
}

function leave(core: Core, flow: Flow, frame: Frame, waitedMs: number): void {
  const { call } = flow;
  if (!flow.isRequest) {
    readdress(frame, call.requesterId, 0, frame.arg);
    call.requester.outbox.forward(frame);
    if (frame.type === FrameType.STATUS) finishRequester(core, call, frame.arg);
    else if ((frame.flags & Flag.END) !== 0) finishRequester(core, call, Code.OK);
    return;
  }
  if (frame.type === FrameType.OPEN) {
    leaveOpen(core, call, frame, waitedMs);
    return;
  }
  readdress(frame, call.responderId, 0, frame.arg);
  call.responder.outbox.forward(frame);
}

function leaveOpen(core: Core, call: Call, frame: Frame, waitedMs: number): void {
  if (frame.arg !== 0 && waitedMs >= frame.arg) {
    endCall(core, call, deadlinePassed);
    return;
  }
  const deadline = frame.arg === 0 ? 0 : frame.arg - waitedMs;
  const { responder, provider } = call;
  // A name in meta stays where it is; an alias becomes the router's own.
  const alias = frame.route === 0 ? 0 : provider.alias || bindAlias(responder, provider);
  if (frame.route !== 0 && alias === 0) {
    const named = remeta(frame, (meta) => ({ ...meta, name: provider.method.name }));
    if (named !== undefined) loadWhole(frame, named);
  }
  const id = takeOutboundId(responder);
  call.responderId = id;
  if (responder.awaiting.size > 0) responder.awaiting.delete(call);
  responder.outbound.set(id, call);
  readdress(frame, id, alias, deadline);
  responder.outbox.forward(frame);
}

export const deadlinePassed = {
  code: Code.DEADLINE_EXCEEDED,
  reason: Reason.DEADLINE_AT_ROUTER,
  message: "the deadline passed inside the router",
} as const;

/** Binds the method's name towards the provider, in front of the frame that uses it; 0 when the table is full. */
function bindAlias(link: Link, provider: Provider): number {
  const { name } = provider.method;
  const use = link.outboundAliases.use(name);
  if (use.bind) link.outbox.put(aliasFrame(use.alias, name));
  provider.alias = use.alias;
  return use.alias;
}

export const aliasFrame = (alias: number, name: string): Uint8Array =>
  encodeFrame({
    type: FrameType.ALIAS,
    class: CLASS_CONTROL,
    route: alias,
    arg: AliasAction.BIND,
    meta: { name },
  });
