/** What a router is told when it is made, and the state that its rooms share, as it is at the start. */
import { createMemoryStore, type TopicStore } from "@nexus-bridge/router-stores";
import type { Arena } from "./arena.ts";
import { CallPool } from "./calls/call.ts";
import type { Random } from "./choose.ts";
import { createConsumption } from "./consume/consumption.ts";
import type { Core, Counters } from "./core.ts";
import type { Encodings } from "./encodings/encodings.ts";
import { capped, type RouterEvent } from "./events.ts";
import { createFrame } from "./frame.ts";
import { type RouterLimits, routerLimits } from "./limits.ts";
import type { Expiring } from "./link.ts";
import { Services } from "./resolve/services.ts";
import { SchemaChecks } from "./schema-check.ts";
import type { SchemaJudge } from "./schema-judge.ts";
import { Tap } from "./tap.ts";
import { TimerWheel } from "./timer-wheel.ts";
import type { EventMessage } from "./topics/event.ts";
import { Producers } from "./topics/producers.ts";
import { Topics } from "./topics/topics.ts";

export interface RouterOptions {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Microseconds since 1970. */
  readonly wallMicros: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Asks for {@link Router.flush} at the end of the turn; called once until then. */
  readonly requestFlush: () => void;
  readonly limits?: Partial<RouterLimits>;
  readonly onEvent?: (event: RouterEvent) => void;
  readonly version?: string;
  /** Where topics with positions are kept; by default in memory, within the limits. */
  readonly store?: TopicStore<EventMessage>;
  /** Patterns of topics that have a ring from their first message on, also without QoS 1. */
  readonly rings?: readonly string[];
  /** What the router can do with payloads that their receiver does not read. Default nothing. */
  readonly encodings?: Encodings;
  /** Knows whether the types of two peers fit. Left out, nothing is compared. */
  readonly schemaJudge?: SchemaJudge;
  /** Slabs in the arena; fewer for tests. */
  readonly slabsMax?: number;
}

/** No link of a peer has this id. */
export const INTERNAL_LINK = 0;
/** What happens on the router's own link is nobody's business, but its faults. */
const isInternal = (event: RouterEvent): boolean =>
  "link" in event && event.link === INTERNAL_LINK && event.kind !== "failed";

export function createCore(options: RouterOptions, arena: Arena, askForFlush: () => void): Core {
  const { now, random, wallMicros, onEvent } = options;
  const tap = new Tap();
  if (onEvent !== undefined) tap.add({ event: onEvent });
  const core: Core = {
    arena: arena,
    run: { outbox: undefined, start: 0, end: 0 },
    now: now(),
    queuedBytes: 0,
    dirty: [],
    requestFlush: askForFlush,
    limits: routerLimits(options.limits),
    routerId: randomBytes(random, 8),
    version: options.version ?? "0.0.0",
    random,
    wallMicros,
    services: new Services(),
    topics: new Topics(),
    consumption: createConsumption(() => core),
    storeDueAt: Number.NEGATIVE_INFINITY,
    store: options.store ?? memoryStore(() => core.limits, random),
    producers: new Producers(() => core.limits),
    answering: [],
    wheel: new TimerWheel<Expiring>(now()),
    calls: new CallPool(),
    links: new Set(),
    greetings: new Set(),
    counters: createCounters(),
    withholding: new Set(),
    released: createFrame(),
    tap,
    encodings: options.encodings ?? {},
    partialBytes: 0,
    backlogs: new Set(),
    turn: 1,
    work: 0,
    schemas: new SchemaChecks(options.schemaJudge),
    probes: { count: 0, links: new Set() },
    later: new Set(),
    emit: (event) => {
      if (!isInternal(event)) tap.event(capped(event));
    },
    isDraining: false,
  };

  if (options.rings !== undefined) core.topics.setRings(options.rings);
  return core;
}

function memoryStore(limits: () => RouterLimits, random: Random): TopicStore<EventMessage> {
  return createMemoryStore({
    epoch: firstEpoch(random),
    limits: {
      get ringMessages() {
        return limits().ringMessages;
      },
      get ringBytes() {
        return limits().ringBytes;
      },
      get ringAgeMs() {
        return limits().ringAgeMs;
      },
      get retainedValues() {
        return limits().retainedValues;
      },
      get retainedBytes() {
        return limits().retainedBytes;
      },
    },
  });
}

function randomBytes(random: () => number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => Math.floor(random() * 256));
}

const createCounters = (): Counters => ({
  calls: 0,
  callsRefused: 0,
  publishesRefused: 0,
  linksRefused: 0,
  published: 0,
  stored: 0,
  duplicates: 0,
  delivered: 0,
  redelivered: 0,
  deadLettered: 0,
  dropped: 0,
  schemaRefused: 0,
  schemaLossy: 0,
  schemaUnknown: 0,
});

/** Drawn, not counted: a router that starts again must not repeat one, however soon it is back. Never 0. */
const firstEpoch = (random: Random): number => 1 + Math.floor(random() * 0xffffffff);
