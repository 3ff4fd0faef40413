/** Runs `nexus call`: one call of any of the four shapes, requests and replies in proto-JSON. */
import type { Method, Model } from "@nexus-bridge/schema";
import { encodeJson } from "@nexus-bridge/schema-dynamic";
import type {
  CallOptions,
  Link,
  MethodDescriptor,
  ServiceDescriptor,
} from "@nexus-bridge/sdk-node";
import type { CallFlags } from "../commands/call.ts";
import { jsonMessageType } from "../dynamic/message-type.ts";
import { findMethod, hasService, serviceOf } from "../dynamic/method.ts";
import { pulledModel } from "../dynamic/pulled-schema.ts";
import { findModel } from "../dynamic/schema.ts";
import { usageFailure } from "../failure.ts";
import { readJson, readJsonLines } from "../input.ts";
import { routerUrl, withLink } from "../link.ts";
import { failureOf, jsonFailureOf } from "../nexus-failure.ts";
import { printJson } from "../output.ts";

export async function runCall(
  wanted: string,
  request: string | undefined,
  flags: CallFlags,
): Promise<void> {
  const model = await modelFor(wanted, flags);
  const method = findMethod(model, wanted);
  const requests = await requestsOf(method, request);
  const print = flags.json === true ? printJson : (value: unknown) => printJson(value, 2);
  try {
    await withLink(
      { url: routerUrl(flags.url), timeoutMs: flags.timeout },
      async (link, signal) => {
        for await (const reply of call(link, method, requests, optionsOf(flags, signal)))
          print(reply);
      },
    );
  } catch (error) {
    if (requests.kind === "stream" && requests.faults.length > 0) throw requests.faults[0];
    throw flags.json === true ? jsonFailureOf(error, model) : failureOf(error, model);
  }
}

/** The schema at hand where it has the service, else what the router's registry has of it. */
async function modelFor(wanted: string, flags: CallFlags): Promise<Model> {
  const local = await findModel(flags);
  const isLocal = local !== undefined && hasService(local, wanted);
  const model = isLocal ? local : ((await askRegistry(wanted, flags)) ?? local);
  if (model !== undefined) return model;
  throw usageFailure(
    `neither is a schema at hand nor does the router know one of "${wanted}": name it with --schema, run where a nexus.config.* is, or "nexus schema push" it`,
  );
}

async function askRegistry(wanted: string, flags: CallFlags): Promise<Model | undefined> {
  const service = serviceOf(wanted);
  // What names no service is answered with what a person should write.
  if (flags.schema !== undefined || service === "") return undefined;
  try {
    return await withLink({ url: routerUrl(flags.url), timeoutMs: flags.timeout }, (link, signal) =>
      pulledModel(link, { name: service }, signal),
    );
  } catch (error) {
    throw flags.json === true ? jsonFailureOf(error, undefined) : failureOf(error, undefined);
  }
}

type Requests =
  | { readonly kind: "one"; readonly request: unknown }
  | {
      readonly kind: "stream";
      readonly requests: AsyncIterable<unknown>;
      /** What was wrong with the requests themselves; the SDK only says that their source failed. */
      readonly faults: readonly unknown[];
    };

/** A single request is checked before anything is sent; those of a stream when they are read. */
async function requestsOf(method: Method, argument: string | undefined): Promise<Requests> {
  const isStream = method.shape === "client_stream" || method.shape === "bidi";
  if (isStream && (argument === undefined || argument === "-")) {
    const faults: unknown[] = [];
    return { kind: "stream", requests: checkedLines(method, faults), faults };
  }
  const request = await readJson(argument, "request");
  check(method, request);
  if (!isStream) return { kind: "one", request };
  return { kind: "stream", requests: once(request), faults: [] };
}

async function* checkedLines(method: Method, faults: unknown[]): AsyncGenerator<unknown> {
  try {
    for await (const request of readJsonLines("request")) {
      check(method, request);
      yield request;
    }
  } catch (error) {
    faults.push(error);
    throw error;
  }
}

async function* once(request: unknown): AsyncGenerator<unknown> {
  yield request;
}

function check(method: Method, request: unknown): void {
  try {
    encodeJson(method.request, request);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw usageFailure(`the request is no ${method.request.fullName}: ${message}`);
  }
}

function optionsOf(flags: CallFlags, signal: AbortSignal): CallOptions {
  return {
    signal,
    ...(flags.timeout === undefined ? {} : { timeoutMs: flags.timeout }),
    ...(flags.metadata === undefined ? {} : { metadata: flags.metadata }),
  };
}

interface DynamicClient {
  readonly call: (
    request: unknown,
    options: CallOptions,
  ) => Promise<unknown> | AsyncIterable<unknown>;
}

/** A service of one method, which the SDK serves like any generated one. */
function descriptorOf(method: Method): ServiceDescriptor<DynamicClient, never> {
  const { name, shape, idempotent, timeoutMs, priority } = method;
  const descriptor: MethodDescriptor = {
    name,
    shape,
    request: jsonMessageType(method.request),
    response: jsonMessageType(method.response),
    idempotent,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(priority === undefined ? {} : { priority }),
  };
  return { typeName: method.parent.fullName, methods: { call: descriptor } };
}

async function* call(
  link: Link,
  method: Method,
  requests: Requests,
  options: CallOptions,
): AsyncGenerator<unknown> {
  const client = link.client(descriptorOf(method));
  const replies = client.call(
    requests.kind === "one" ? requests.request : requests.requests,
    options,
  );
  if (Symbol.asyncIterator in replies) yield* replies;
  else yield await replies;
}
