/** The one handler of every case: each request's plan says how it is answered, so nothing here knows a case. */
import { type HandlerContext, type MetadataValue, NexusError } from "@nexus-bridge/sdk";
import type {
  EchoHandler,
  EchoReplyInit,
  EchoRequest,
  Failure,
  Pair,
  Plan,
  SeenInit,
} from "../typescript/gen/nexus/conformance/v1/index.ts";
import { sequence } from "./bytes.ts";
import type { Schema } from "./host.ts";

export interface EchoState {
  /** Handlers that have begun and not ended. */
  running: number;
  begun: number;
}

const codes = [
  ...["OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND"],
  ...["ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION"],
  ...["ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"],
  "UNAUTHENTICATED",
] as NexusError["code"][];

export function echoHandler(schema: Schema, state: EchoState): EchoHandler {
  const failed = (failure: Failure): Error => {
    if (failure.unexpected) return new TypeError(`a bug: ${failure.message}`);
    if (failure.declared !== "") return schema.EchoFailedError.create({ why: failure.declared });
    const code = codes[failure.code] ?? "UNKNOWN";
    return new NexusError({ code, message: failure.message });
  };
  async function* answers(
    request: EchoRequest,
    context: HandlerContext,
    count: number,
    requests: number,
  ): AsyncGenerator<EchoReplyInit> {
    const plan = request.plan;
    begin(context, plan);
    await waited(context, plan?.delayMs ?? 0);
    for (let index = 0; index < count; index++) {
      const payload =
        plan === undefined || plan.messageBytes === 0
          ? request.payload
          : sequence(plan.messageBytes, index);
      const seen = plan?.describe === true ? { seen: seenBy(context, requests) } : {};
      yield { payload, index, ...seen };
    }
    if (plan?.hang === true) await cancelled(context);
    if (plan?.failure !== undefined) throw failed(plan.failure);
  }
  async function one(request: EchoRequest, context: HandlerContext, requests = 1) {
    let reply: EchoReplyInit = {};
    for await (const answer of answers(request, context, 1, requests)) reply = answer;
    return reply;
  }
  async function gather(requests: AsyncIterable<EchoRequest>, context: HandlerContext) {
    let first: EchoRequest | undefined;
    const payloads: Uint8Array[] = [];
    for await (const request of requests) {
      first ??= request;
      payloads.push(request.payload);
      if (first.plan?.early === true) break;
    }
    const payload = new Uint8Array(Buffer.concat(payloads));
    const whole = { ...(first ?? schema.EchoRequest.create()), payload };
    return one(whole, context, payloads.length);
  }
  async function* converse(requests: AsyncIterable<EchoRequest>, context: HandlerContext) {
    let count = 0;
    for await (const request of requests) {
      count += 1;
      yield* answers(request, context, request.plan?.messages ?? 1, count);
      if (request.plan?.early === true) break;
    }
  }
  return {
    unary: (request, context) => counted(state, () => one(request, context)),
    idempotent: (request, context) => counted(state, () => one(request, context)),
    timed: (request, context) => counted(state, () => one(request, context)),
    serverStream: (request, context) =>
      countedStream(state, answers(request, context, request.plan?.messages ?? 1, 1)),
    clientStream: (requests, context) => counted(state, () => gather(requests, context)),
    bidi: (requests, context) => countedStream(state, converse(requests, context)),
  };
}

function begin(context: HandlerContext, plan: Plan | undefined): void {
  if (plan === undefined) return;
  if (plan.headers.length > 0) context.setHeaders(plan.headers.map(pairOf));
  if (plan.trailers.length > 0) context.setTrailers(plan.trailers.map(pairOf));
}

function pairOf({ key, value }: Pair): readonly [string, MetadataValue] {
  return [key, key.endsWith("-bin") ? value : Buffer.from(value).toString("utf8")];
}

function seenBy(context: HandlerContext, requests: number): SeenInit {
  const left = context.timeLeftMs;
  return {
    method: context.method,
    metadata: [...context.metadata].map(([key, value]) => ({
      key,
      value: typeof value === "string" ? new Uint8Array(Buffer.from(value)) : value,
    })),
    attempt: context.attempt,
    requests,
    ...(left === undefined ? {} : { timeLeftMs: Math.ceil(left) }),
  };
}

async function counted<T>(state: EchoState, work: () => Promise<T>): Promise<T> {
  state.running += 1;
  state.begun += 1;
  try {
    return await work();
  } finally {
    state.running -= 1;
  }
}

async function* countedStream<T>(state: EchoState, source: AsyncIterable<T>): AsyncGenerator<T> {
  state.running += 1;
  state.begun += 1;
  try {
    yield* source;
  } finally {
    state.running -= 1;
  }
}

/** Ends early where the call does. */
function waited(context: HandlerContext, delayMs: number): Promise<void> {
  if (delayMs === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    const stop = (): void => {
      clearTimeout(timer);
      resolve();
    };
    if (context.signal.aborted) stop();
    else context.signal.addEventListener("abort", stop, { once: true });
  });
}

function cancelled(context: HandlerContext): Promise<void> {
  return new Promise((resolve) => {
    if (context.signal.aborted) resolve();
    else context.signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
