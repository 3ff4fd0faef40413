/** `nexus.router.v1.Services`: what the router knows of the services that are registered with it. It changes nothing. */
import { codeName } from "@nexus-bridge/protocol";
import type { InstanceView, MethodCounts, Router, ServiceView } from "@nexus-bridge/router-core";
import {
  type InstancePingInit,
  type MethodStatsInit,
  ServiceNotFoundError,
  type ServicesHandler,
} from "@nexus-bridge/router-registry";

/** Services, instances or rows of one answer. */
const ROWS_MAX = 1000;
/** How long a sign of life may take where the caller sets no deadline. */
const PING_TIMEOUT_MS = 5000;
/** The part of the caller's deadline that a link has to answer. */
const PING_SHARE = 0.8;

export function servicesHandler(router: Router): ServicesHandler {
  const find = (name: string): ServiceView => {
    const [service] = router.services(name);
    if (service !== undefined) return service;
    const message = `no instance of "${name}" is registered; nexus.router.v1.Services/List names those that are`;
    throw ServiceNotFoundError.create({ service: name }, { message });
  };
  return {
    list: () => ({
      services: router.services(undefined, ROWS_MAX).map(({ service, instances, methods }) => ({
        service,
        instances: instances.length,
        methods: methods.length,
      })),
      total: router.serviceCount,
    }),
    async ping({ service, instance }, { timeLeftMs = Number.POSITIVE_INFINITY }) {
      const chosen = named(find(service).instances, instance);
      const timeoutMs = Math.min(PING_TIMEOUT_MS, timeLeftMs * PING_SHARE);
      const shown = chosen.slice(0, ROWS_MAX);
      const answered = await router.ping(new Set(shown.map(({ link }) => link)), timeoutMs);
      return { instances: shown.map((each) => pingOf(each, answered)), total: chosen.length };
    },
    info({ service }) {
      const { policy, methods, instances } = find(service);
      return {
        service,
        policy,
        methods: methods.map(({ name, kind, types }) => ({
          name,
          kind,
          requestFingerprints: [...new Set(types.map(({ request }) => request))],
          responseFingerprints: [...new Set(types.map(({ response }) => response))],
        })),
        instances: instances.slice(0, ROWS_MAX).map(infoOf),
        totalInstances: instances.length,
      };
    },
    stats({ service, instance }) {
      const rows = named(find(service).instances, instance).flatMap((each) =>
        each.methods.map((counts) => statsOf(each, counts)),
      );
      return { methods: rows.slice(0, ROWS_MAX), total: rows.length };
    },
  };
}

const named = (instances: readonly InstanceView[], name: string): readonly InstanceView[] =>
  instances.filter(({ instance }) => name === "" || instance === name);

function pingOf(
  { instance, link }: InstanceView,
  answered: ReadonlyMap<number, number>,
): InstancePingInit {
  const durationMs = answered.get(link);
  return { instance, link, alive: durationMs !== undefined, durationMs: durationMs ?? 0 };
}

const infoOf = ({ instance, link, client, version, inFlightMax, inFlight }: InstanceView) => ({
  instance,
  link,
  client,
  version,
  maxInFlight: Number.isFinite(inFlightMax) ? inFlightMax : 0,
  inFlight,
});

function statsOf({ instance, link }: InstanceView, counts: MethodCounts): MethodStatsInit {
  const { name, calls, codes, durationMs, durationMsMax } = counts;
  const errors = codes.flatMap((count, code): (readonly [string, bigint])[] =>
    code === 0 || count === 0 ? [] : [[codeName(code), BigInt(count)]],
  );
  return {
    method: name,
    instance,
    link,
    calls: BigInt(calls),
    errors: Object.fromEntries(errors),
    durationMs,
    durationMsMax,
  };
}
