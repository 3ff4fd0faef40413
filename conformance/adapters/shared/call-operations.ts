/** The operations on calls: a whole call at once, or a stream step by step. Leaving a stream cancels it. */
import { type CallOptions, type ResponseInfo, type SendQueue, sendQueue } from "@nexus-bridge/sdk";
import type {
  EchoClient,
  EchoReply,
  EchoRequestInit,
  PlanInit,
} from "../typescript/gen/nexus/conformance/v1/index.ts";
import { bytesFrom, bytesTold } from "./bytes.ts";
import {
  type Answer,
  BadOrder,
  type Host,
  listOf,
  numberOf,
  type Operations,
  type Order,
  recordOf,
  textOf,
} from "./host.ts";
import type { Links } from "./links.ts";
import { pairsFrom, pairsTold } from "./metadata.ts";

interface OpenCall {
  readonly abort: AbortController;
  readonly outgoing?: SendQueue<EchoRequestInit>;
  readonly replies?: AsyncIterator<EchoReply>;
  response?: ResponseInfo;
}

export class Calls {
  readonly open = new Map<string, OpenCall>();
  running = 0;
}

function planOf(value: unknown): PlanInit | undefined {
  if (value === undefined) return undefined;
  const { headers, trailers, ...rest } = recordOf(value);
  const pairs = (list: unknown) =>
    pairsFrom(list).map(([key, each]) => ({
      key,
      value: typeof each === "string" ? new Uint8Array(Buffer.from(each)) : each,
    }));
  return { ...rest, headers: pairs(headers), trailers: pairs(trailers) };
}

function requestOf(value: unknown): EchoRequestInit {
  const { payload, plan } = recordOf(value);
  return { payload: bytesFrom(payload), plan: planOf(plan) };
}

function replyTold({ payload, index, seen }: EchoReply): Answer {
  if (seen === undefined) return { payload: bytesTold(payload), index };
  const metadata = seen.metadata.map(({ key, value }) => [
    key,
    key.endsWith("-bin")
      ? { b64: Buffer.from(value).toString("base64") }
      : Buffer.from(value).toString(),
  ]);
  return { payload: bytesTold(payload), index, seen: { ...seen, metadata } };
}

function optionsOf(order: Order, call: OpenCall): CallOptions {
  const { timeoutMs, metadata, priority, failFast } = recordOf(order.options);
  return {
    signal: call.abort.signal,
    onResponse: (response) => {
      call.response = response;
    },
    ...((typeof timeoutMs === "number" || timeoutMs === null) && { timeoutMs }),
    ...(metadata !== undefined && { metadata: pairsFrom(metadata) }),
    ...(typeof priority === "number" && { priority }),
    ...(typeof failFast === "boolean" && { failFast }),
  };
}

const responseTold = ({ response }: OpenCall): Answer =>
  response === undefined
    ? {}
    : { headers: pairsTold(response.headers), trailers: pairsTold(response.trailers) };

/** One call from beginning to end. */
async function whole(client: EchoClient, order: Order, call: OpenCall): Promise<Answer> {
  const requests = listOf(order.requests).map(requestOf);
  const first = requests[0] ?? {};
  const options = optionsOf(order, call);
  const messages: EchoReply[] = [];
  const method = textOf(order, "method");
  if (method === "serverStream")
    for await (const reply of client.serverStream(first, options)) messages.push(reply);
  else if (method === "bidi")
    for await (const reply of client.bidi(requests, options)) messages.push(reply);
  else if (method === "clientStream") messages.push(await client.clientStream(requests, options));
  else if (method === "idempotent") messages.push(await client.idempotent(first, options));
  else if (method === "timed") messages.push(await client.timed(first, options));
  else if (method === "unwritten") messages.push(await client.unwritten(first, options));
  else messages.push(await client.unary(first, options));
  return { messages: messages.map(replyTold), ...responseTold(call) };
}

export function callOperations({ schema }: Host, links: Links, calls: Calls): Operations {
  const found = (order: Order): OpenCall => {
    const key = textOf(order, "stream");
    const call = calls.open.get(key);
    if (call === undefined) throw new BadOrder(`there is no stream ${key}`);
    return call;
  };
  return {
    async call(order) {
      const call: OpenCall = { abort: new AbortController() };
      const key = order.stream;
      if (typeof key === "string") calls.open.set(key, call);
      calls.running += 1;
      try {
        return await whole(links.of(order).client(schema.Echo), order, call);
      } finally {
        calls.running -= 1;
        if (typeof key === "string") calls.open.delete(key);
      }
    },
    "stream.open"(order) {
      const client = links.of(order).client(schema.Echo);
      const base: OpenCall = { abort: new AbortController() };
      const outgoing = sendQueue<EchoRequestInit>();
      const call: OpenCall = { ...base, outgoing };
      const options = optionsOf(order, call);
      const replies =
        textOf(order, "method") === "serverStream"
          ? client.serverStream(requestOf(order.request), options)
          : client.bidi(outgoing, options);
      Object.assign(call, { replies: replies[Symbol.asyncIterator]() });
      calls.open.set(textOf(order, "stream"), call);
      return {};
    },
    async "stream.send"(order) {
      await found(order).outgoing?.send(requestOf(order.request));
      return {};
    },
    "stream.half_close"(order) {
      found(order).outgoing?.end();
      return {};
    },
    async "stream.recv"(order) {
      const call = found(order);
      const messages: Answer[] = [];
      for (let left = numberOf(order, "count") ?? 1; left > 0; left--) {
        const next = await call.replies?.next();
        if (next === undefined || next.done === true)
          return { messages, end: true, ...responseTold(call) };
        messages.push(replyTold(next.value));
      }
      return { messages };
    },
    /** Leaves the loop over a stream, or aborts the signal of a call. */
    async "stream.cancel"(order) {
      const call = found(order);
      if (call.replies === undefined || order.how === "signal")
        call.abort.abort(new Error("the case cancels"));
      else await call.replies.return?.();
      calls.open.delete(textOf(order, "stream"));
      return {};
    },
    "stream.forget"(order) {
      calls.open.delete(textOf(order, "stream"));
      return {};
    },
  };
}
