/** From an address to a link. A host package adds transports of its own through {@link openLink}. */
import type { Dial } from "@nexus-bridge/protocol";
import { checkCompression } from "./link/compression.ts";
import { Link } from "./link/link.ts";
import type { LinkOptions } from "./link-options.ts";
import { dialMemory } from "./memory/memory-link.ts";
import { invalidArgument } from "./nexus-error.ts";
import { dialWebSocket } from "./websocket.ts";

export type Dialers = Readonly<Record<string, Dial>>;

/** Transports that need nothing of the host but what every host has. */
export const universalDialers: Dialers = {
  "ws:": dialWebSocket,
  "wss:": dialWebSocket,
  "memory:": dialMemory,
};

/**
 * Connects to a router.
 *
 * @param url `wss://host/`, `ws://host:5673/`, or `memory:name` for tests.
 * @throws NexusError UNAVAILABLE where no router answers within 5 s; later losses are reconnected until the link is closed.
 *
 * @example
 * ```ts
 * await using link = await connect("wss://nexus.example.com/");
 * const orders = link.client(OrderService);
 * ```
 */
export function connect(url: string | URL, options: LinkOptions = {}): Promise<Link> {
  return openLink(url, universalDialers, options);
}

/** Connects with the dialler that `dialers` has for the address's scheme. */
export async function openLink(
  url: string | URL,
  dialers: Dialers,
  options: LinkOptions = {},
): Promise<Link> {
  const parsed = parse(url);
  const dial = dialers[parsed.protocol];
  if (dial === undefined) {
    const known = Object.keys(dialers).join(" ");
    throw invalidArgument(
      `${parsed.href}: no transport for "${parsed.protocol}" here; known: ${known}`,
    );
  }
  checkCompression(options);
  const link = new Link(parsed, dial, options);
  await link.connected;
  return link;
}

function parse(url: string | URL): URL {
  if (url instanceof URL) return url;
  const parsed = URL.parse(url);
  if (parsed === null)
    throw invalidArgument(`"${url}" is no address; write one like nexus://127.0.0.1:5673`);
  return parsed;
}
