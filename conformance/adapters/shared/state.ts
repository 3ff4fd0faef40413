/** What the program holds at the moment: its own tables, and the sockets that the host knows of. */
import type { Calls } from "./call-operations.ts";
import type { Answer } from "./host.ts";
import type { Links } from "./links.ts";
import type { Subscriptions } from "./topic-operations.ts";

export interface CallsState {
  readonly links: Links;
  readonly calls: Calls;
  readonly subscriptions: Subscriptions;
}

export function stateOf({ links, calls, subscriptions }: CallsState): Answer {
  const resources = process.getActiveResourcesInfo();
  const held = (...kinds: readonly string[]) =>
    resources.filter((resource) => kinds.includes(resource)).length;
  return {
    links: links.open.size,
    services: links.served.size,
    handlers: links.echo.running,
    calls: calls.running,
    streams: calls.open.size,
    subscriptions: subscriptions.open.size,
    sockets: held("TCPSocketWrap", "TLSWrap", "PipeWrap", "TCPConnectWrap"),
    timers: held("Timeout"),
  };
}
