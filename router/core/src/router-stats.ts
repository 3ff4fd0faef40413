/** The figures of a router, read when somebody asks. */
import type { Core } from "./core.ts";
import type { RouterStats } from "./events.ts";
import { isOwn } from "./resolve/service-view.ts";

/** `links` are those of peers, `slabBytes` what the arena holds. */
export function statsOf(core: Core, links: number, slabBytes: number): RouterStats {
  const { services, topics, consumption, calls, counters, queuedBytes, store, producers } = core;
  return {
    links,
    services: [...services.all()].filter((service) => !isOwn(service)).length,
    subscriptions: topics.size - consumption.cursors + consumption.readers,
    sharedCursors: consumption.groups.size + consumption.consumers.size,
    callsInFlight: calls.live,
    ...counters,
    keptMessages: store.messages,
    keptBytes: store.bytes,
    keptTopics: store.size,
    retainedValues: store.retainedCount,
    producers: producers.size,
    queuedBytes,
    creditBytes: [...core.links].reduce((sum, link) => sum + link.committedBytes, 0),
    slabBytes,
    timers: core.wheel.armed,
  };
}
