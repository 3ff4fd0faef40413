/** A typed client as an object of functions, one for each method of the service. Calls are made elsewhere. */

import { callIntercepted } from "./call/intercepted.ts";
import {
  type CallPlan,
  type ClientMethod,
  clientMethod,
  planCall,
  type Scope,
} from "./call/plan.ts";
import { type Replies, StreamCall } from "./call/stream-call.ts";
import { callUnary } from "./call/unary-call.ts";
import type { CallOptions, MessageSource } from "./call-options.ts";
import type { ServiceDescriptor } from "./descriptor.ts";
import type { LinkCore } from "./link/core.ts";
import { errorOf, NexusError } from "./nexus-error.ts";

type Method = (request: unknown, options?: CallOptions) => unknown;

export function makeClient<Client>(
  link: LinkCore,
  service: ServiceDescriptor<Client, unknown>,
  scope?: Scope,
): Client {
  const client: Record<string, Method> = {};
  for (const [key, descriptor] of Object.entries(service.methods)) {
    const path = `${service.typeName}/${descriptor.name}`;
    const method = clientMethod(path, descriptor, link.route(path));
    client[key] = functionOf(link, method, scope);
  }
  return client as Client;
}

function functionOf(link: LinkCore, method: ClientMethod, scope: Scope | undefined): Method {
  const intercepted = (link.options.interceptors ?? []).length > 0;
  switch (method.descriptor.shape) {
    case "unary":
      if (!intercepted)
        return (request, options) => {
          let plan: CallPlan;
          try {
            plan = planCall(method, options, scope);
          } catch (error) {
            return Promise.reject(error);
          }
          return callUnary(link, method, plan, request);
        };
      return async (request, options) =>
        only(replies(link, method, () => planCall(method, options, scope), [request]));
    case "client_stream":
      return async (requests, options) =>
        only(
          replies(
            link,
            method,
            () => planCall(method, options, scope),
            requests as MessageSource<unknown>,
          ),
        );
    case "server_stream":
      return (request, options) =>
        lazily(() => replies(link, method, () => planCall(method, options, scope), [request]));
    case "bidi":
      return (requests, options) =>
        lazily(() =>
          replies(
            link,
            method,
            () => planCall(method, options, scope),
            requests as MessageSource<unknown>,
          ),
        );
    default:
      return method.descriptor.shape satisfies never;
  }
}

function replies(
  link: LinkCore,
  method: ClientMethod,
  plan: () => CallPlan,
  source: MessageSource<unknown>,
): Replies {
  const interceptors = link.options.interceptors ?? [];
  if (interceptors.length > 0) return callIntercepted(link, method, plan(), source, interceptors);
  return new StreamCall(link, method, plan(), source).begin();
}

/** The one reply of a call that has one. */
async function only(replies: Replies): Promise<unknown> {
  const first = await replies.next();
  if (first.done === true) throw errorOf(13, 0, "the call succeeded without a reply");
  const second = await replies.next();
  if (second.done === true) return first.value;
  await replies.return();
  throw errorOf(13, 0, "more than one reply to a call that has one");
}

/** A call that starts when its replies are first asked for, so that one that nobody reads costs nothing. */
function lazily(begin: () => Replies): AsyncIterable<unknown> {
  let begun = false;
  return {
    [Symbol.asyncIterator]() {
      if (begun) {
        throw new NexusError({
          code: "FAILED_PRECONDITION",
          message: "the replies of a call can be read once; call the method again",
        });
      }
      begun = true;
      return begin();
    },
  };
}
