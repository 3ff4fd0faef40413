/** Broken adapters: what an order is answered with is not what happened. */
import type { Answer } from "../runner/adapter-process.ts";
import { idle, lying, okOf, type Words } from "./kinds.ts";
import type { Mutant } from "./mutant.ts";

const isCall = ({ op }: Answer): boolean => op === "call";

/** What a call that succeeded tells is changed. */
function telling(name: string, killedBy: string, change: (ok: Words) => Words): Mutant {
  return lying(name, killedBy, (order, told) =>
    isCall(order) && told.ok !== undefined
      ? { ok: { ...okOf(told), ...change(okOf(told)) } }
      : told,
  );
}

/** What a failure tells is changed. */
function failing(name: string, killedBy: string, change: (failed: Words) => Words): Mutant {
  return lying(name, killedBy, (_, { failed, ...told }) =>
    failed === undefined
      ? told
      : { ...told, failed: { ...(failed as Words), ...change(failed as Words) } },
  );
}

/** What is read of a subscription is changed. */
function reading(name: string, killedBy: string, change: (ok: Words) => Words): Mutant {
  return lying(name, killedBy, (order, told) =>
    order.op === "sub.next" && told.ok !== undefined ? { ok: change(okOf(told)) } : told,
  );
}

const eventOf = (ok: Words): Words | undefined => ok.event as Words | undefined;
const messagesOf = ({ messages }: Words): readonly unknown[] =>
  (messages ?? []) as readonly unknown[];

export const adapterMutants: readonly Mutant[] = [
  idle("answers-ok-without-a-network", "rpc.unary.echoes-the-payload", (order) =>
    isCall(order)
      ? { ok: { messages: [{ payload: "aGVsbG8=", index: 0 }], headers: [], trailers: [] } }
      : undefined,
  ),
  idle("echoes-every-order", "rpc.errors.no-provider", (order) =>
    isCall(order) ? { ok: { messages: [order.requests] } } : undefined,
  ),
  idle("never-fails", "rpc.errors.every-code", (order) =>
    isCall(order) ? { ok: { messages: [] } } : undefined,
  ),
  idle("says-success-for-every-publish", "pubsub.core.one-event", (order) =>
    order.op === "pub" ? { ok: { position: null, duplicate: false } } : undefined,
  ),
  idle("publishes-what-breaks-the-rules", "pubsub.core.empty-token-is-refused", (order) =>
    order.op === "pub" ? { ok: { position: null, duplicate: false } } : undefined,
  ),
  idle("is-subscribed-though-refused", "pubsub.wire.refused", (order) =>
    order.op === "sub.open" ? { ok: { pattern: "conformance.plain.*.*" } } : undefined,
  ),
  idle("has-no-diagnostics", "pubsub.wire.refused-publish-is-told", (order) =>
    order.op === "diagnostics" ? { ok: { kinds: [] } } : undefined,
  ),
  idle("hides-its-state", "rpc.cancel.call-is-given-up", (order) =>
    order.op === "state" ? { ok: {} } : undefined,
  ),
  telling("forgets-headers", "rpc.metadata.headers-and-trailers", () => ({ headers: [] })),
  telling("forgets-trailers", "rpc.metadata.headers-and-trailers", () => ({ trailers: [] })),
  telling("loses-the-last-message", "rpc.streaming.server-stream.in-order", (ok) => ({
    messages: messagesOf(ok).slice(0, -1),
  })),
  telling("repeats-a-message", "rpc.streaming.server-stream.in-order", (ok) => ({
    messages: [messagesOf(ok)[0], ...messagesOf(ok)],
  })),
  telling("turns-messages-round", "rpc.streaming.server-stream.in-order", (ok) => ({
    messages: messagesOf(ok).toReversed(),
  })),
  telling("has-one-payload-for-all", "rpc.unary.empty-message", () => ({
    messages: [{ payload: "aGVsbG8=", index: 0 }],
  })),
  failing("every-error-is-unknown", "rpc.errors.declared", () => ({ code: "UNKNOWN" })),
  failing("loses-messages-of-errors", "rpc.errors.after-messages", () => ({ message: "" })),
  failing("loses-declared-errors", "rpc.errors.declared", () => ({ declared: null })),
  failing("forgets-what-did-not-begin", "rpc.errors.no-provider", () => ({ notExecuted: false })),
  failing("says-nothing-began", "rpc.errors.provider-lost", () => ({ notExecuted: true })),
  failing("forgets-reasons", "rpc.wire.status-reasons", () => ({ reason: undefined })),
  failing("calls-deadlines-unavailable", "rpc.deadline.passes", () => ({ code: "UNAVAILABLE" })),
  reading("hides-gaps", "pubsub.wire.missing-deliveries-are-told", (ok) =>
    ok.gap === undefined ? ok : { none: true },
  ),
  reading("counts-gaps-wrongly", "pubsub.wire.gap-frames", (ok) =>
    ok.gap === undefined ? ok : { gap: { ...(ok.gap as Words), count: 4 } },
  ),
  reading("says-every-event-is-retained", "pubsub.core.one-event", (ok) => ({
    event: { ...eventOf(ok), retained: true },
  })),
  reading("forgets-the-topic", "pubsub.wire.event-by-alias", (ok) => ({
    event: { ...eventOf(ok), topic: "" },
  })),
  reading("forgets-metadata-of-events", "pubsub.core.options-arrive", (ok) => ({
    event: { ...eventOf(ok), metadata: [] },
  })),
  lying("ends-without-the-reason", "pubsub.wire.ended-by-the-router", (order, told) =>
    order.op === "sub.next" && told.failed !== undefined ? { ok: { end: true } } : told,
  ),
  lying("leaks-a-stream", "rpc.unary.echoes-the-payload", (order, told) =>
    order.op === "state" ? { ok: { ...okOf(told), streams: performance.now() } } : told,
  ),
];
