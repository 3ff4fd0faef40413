/** A client for tests whose calls go to a handler in the same program, through real codecs and without a router. */
import type { ServiceDescriptor } from "./descriptor.ts";
import type { LinkOptions } from "./link-options.ts";
import { memoryLink } from "./memory/memory-link.ts";

/**
 * @example
 * ```ts
 * const orders = fake(OrderService, { getOrder: ({ id }) => ({ id }) });
 * expect((await orders.getOrder({ id: "o-1" })).id).toBe("o-1");
 * ```
 */
export function fake<Client, Handler extends object>(
  service: ServiceDescriptor<Client, Handler>,
  handler: Handler,
  options: LinkOptions = {},
): Client {
  const link = memoryLink(options);
  link.serve(service, handler).catch(() => {
    // The same error reaches every call as its own.
  });
  return link.client(service);
}
