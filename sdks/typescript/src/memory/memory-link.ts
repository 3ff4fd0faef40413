/** Links without a router: real frames and codecs, between the programs of one process. */
import type { Dial } from "@nexus-bridge/protocol";
import { Link } from "../link/link.ts";
import type { LinkOptions } from "../link-options.ts";
import { Hub } from "./hub.ts";
import { memoryChannels } from "./memory-channel.ts";

/** Hubs that `memory:name` shares by name, as long as a link uses them. */
const shared = new Map<string, Hub>();

/** For `connect("memory:name")`: links of one name meet each other. */
export const dialMemory: Dial = async (url) => {
  const name = url.href;
  let hub = shared.get(name);
  if (hub === undefined) {
    hub = new Hub({ emptied: () => shared.delete(name) });
    shared.set(name, hub);
  }
  return attach(hub, name);
};

/** A link of its own, for tests: what it serves and publishes, it calls and hears itself. It is ready at once. */
export function memoryLink(options: LinkOptions = {}): Link {
  const hub = new Hub({});
  return new Link(new URL("memory:"), async () => attach(hub, "memory:"), options);
}

function attach(hub: Hub, name: string): ReturnType<typeof memoryChannels>[0] {
  const [near, far] = memoryChannels(name);
  hub.attach(far);
  return near;
}
