/** Calls with interceptors around them: every shape becomes messages in, messages out. */
import type { MessageSource, ResponseInfo } from "../call-options.ts";
import { chain, type InterceptedCall, type Interceptor, type Reply } from "../interceptor.ts";
import type { LinkCore } from "../link/core.ts";
import { type Metadata, metadataOf, NO_METADATA, userPairs } from "../metadata.ts";
import type { CallPlan, ClientMethod } from "./plan.ts";
import { type Replies, StreamCall } from "./stream-call.ts";
import { callUnary } from "./unary-call.ts";

export function callIntercepted(
  link: LinkCore,
  method: ClientMethod,
  plan: CallPlan,
  source: MessageSource<unknown>,
  interceptors: readonly Interceptor[],
): Replies {
  const call: InterceptedCall = {
    kind: method.descriptor.shape,
    target: method.path,
    metadata: metadataOf(plan.meta?.user),
    timeoutMs: plan.timeoutMs,
    messages: asyncOf(source),
  };
  const last = (inner: InterceptedCall): Promise<Reply> =>
    Promise.resolve(send(link, method, replan(plan, inner), inner));
  return readerOf(chain(interceptors, last)(call));
}

function send(link: LinkCore, method: ClientMethod, plan: CallPlan, call: InterceptedCall): Reply {
  if (method.descriptor.shape !== "unary") {
    const stream = new StreamCall(link, method, plan, call.messages);
    return { headers: stream.headers, trailers: stream.trailers, messages: stream.begin() };
  }
  const known = Promise.withResolvers<ResponseInfo>();
  const onResponse = (response: ResponseInfo): void => {
    known.resolve(response);
    plan.onResponse?.(response);
  };
  const headers: Promise<Metadata> = known.promise.then((response) => response.headers);
  const trailers: Promise<Metadata> = known.promise.then((response) => response.trailers);
  const messages = (async function* () {
    try {
      for await (const request of call.messages) {
        yield await callUnary(link, method, { ...plan, onResponse }, request);
        return;
      }
    } finally {
      known.resolve({ headers: NO_METADATA, trailers: NO_METADATA });
    }
  })();
  return { headers, trailers, messages };
}

/** What the interceptors changed: metadata is checked again. */
function replan(plan: CallPlan, call: InterceptedCall): CallPlan {
  const user = userPairs(call.metadata);
  const { user: _, ...rest } = plan.meta ?? {};
  const meta = user.length === 0 ? rest : { ...rest, user };
  return {
    ...plan,
    timeoutMs: call.timeoutMs,
    meta: Object.keys(meta).length === 0 ? undefined : meta,
  };
}

/** The replies once the interceptors have decided. */
function readerOf(reply: Promise<Reply>): Replies {
  const iterator = reply.then(({ messages }) => messages[Symbol.asyncIterator]());
  iterator.catch(() => {});
  const reader: Replies = {
    async next() {
      const next = await (await iterator).next();
      return next.done === true ? { done: true, value: undefined } : next;
    },
    async return() {
      await (await iterator).return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => reader,
  };
  return reader;
}

async function* asyncOf(source: MessageSource<unknown>): AsyncIterable<unknown> {
  yield* source;
}
