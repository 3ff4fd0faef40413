/** What the router knows of its services, as plain values for whoever asks. Nothing here is kept, and nothing changes. */
import type { Policy, Provider, Registration, Service } from "./services.ts";

export interface ServiceView {
  readonly service: string;
  readonly policy: Policy;
  readonly methods: readonly MethodView[];
  readonly instances: readonly InstanceView[];
  /** One of the router's own. */
  readonly isInternal: boolean;
}

export interface MethodView {
  readonly name: string;
  /** As in REGISTER. */
  readonly kind: number;
  readonly types: readonly { readonly request: bigint; readonly response: bigint }[];
}

export interface InstanceView {
  readonly instance: string;
  readonly version: string;
  readonly link: number;
  /** What the program says of itself. */
  readonly client: string;
  /** Infinity where it names no limit. */
  readonly inFlightMax: number;
  readonly inFlight: number;
  readonly methods: readonly MethodCounts[];
}

/** Of one method of one instance, since it registered. */
export interface MethodCounts {
  readonly name: string;
  readonly calls: number;
  /** Calls by code; 0 is OK. What is not there is 0. */
  readonly codes: readonly number[];
  readonly durationMs: number;
  readonly durationMsMax: number;
}

export function viewServices(services: Iterable<Service>, most: number): readonly ServiceView[] {
  const views: ServiceView[] = [];
  for (const service of services) {
    if (views.length >= most) break;
    views.push(viewService(service));
  }
  return views;
}

export function viewService({ name, policy, registrations }: Service): ServiceView {
  const methods = new Map<string, MethodView>();
  for (const { providers } of registrations) {
    for (const { method } of providers) methods.set(method.name, methodView(method));
  }
  const instances = [...registrations];
  return {
    service: name,
    policy,
    methods: [...methods.values()],
    instances: instances.map(instanceView),
    isInternal: isOwn({ registrations }),
  };
}

/** Whether the router serves it itself. */
export function isOwn({ registrations }: Pick<Service, "registrations">): boolean {
  for (const { link } of registrations) if (link.isInternal) return true;
  return false;
}

const shortName = (path: string): string => path.slice(path.indexOf("/") + 1);

function methodView({ name, kind, types }: Provider["method"]): MethodView {
  return {
    name: shortName(name),
    kind,
    types: types.map(({ request, response }) => ({ request, response })),
  };
}

function instanceView(registration: Registration): InstanceView {
  const { instance, version, link, inFlightMax, inFlight, providers } = registration;
  return {
    instance,
    version,
    link: link.id,
    client: link.clientName,
    inFlightMax,
    inFlight,
    methods: providers.map(({ method, counts }) => ({
      name: shortName(method.name),
      calls: counts.calls,
      codes: Array.from(counts.codes, (count) => count ?? 0),
      durationMs: counts.durationMs,
      durationMsMax: counts.durationMsMax,
    })),
  };
}
