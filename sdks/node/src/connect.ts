/** Addresses and transports of Node: TCP and Unix sockets beside what every host has. */
import {
  type Link,
  type LinkOptions,
  NexusError,
  openLink,
  universalDialers,
} from "@nexus-bridge/sdk";
import { dialTcp, dialUnix } from "@nexus-bridge/transports";

const URL_DEFAULT = "nexus://127.0.0.1:5673";

const dialers = {
  ...universalDialers,
  "nexus:": dialTcp,
  "nexus+unix:": dialUnix,
  "nexus+tls:": async (url: URL) => {
    throw new NexusError({
      code: "INVALID_ARGUMENT",
      message: `${url.href}: this version has no TLS of its own; use wss:// behind a proxy that ends TLS, or nexus:// on loopback`,
    });
  },
};

/**
 * Connects to a router.
 *
 * @param url `nexus://host[:5673]`, `nexus+unix:///path`, `ws://` or `wss://`, or `memory:name` for tests. Left out: `NEXUS_URL`,
 *   else `nexus://127.0.0.1:5673`.
 * @throws NexusError UNAVAILABLE where no router answers within 5 s; later losses are reconnected until the link is closed.
 *
 * @example
 * ```ts
 * await using link = await connect("nexus://127.0.0.1:5673");
 * const orders = link.client(OrderService);
 * ```
 */
export function connect(
  url: string | URL = process.env.NEXUS_URL || URL_DEFAULT,
  options: LinkOptions = {},
): Promise<Link> {
  return openLink(url, dialers, { schedule: setImmediate, ...options });
}
