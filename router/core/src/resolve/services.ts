/** Who serves which method. Resolving is one look-up by name, whose answer an alias may keep for as long as `epoch` stands. */
import { createLoad, type Load } from "../calls/places.ts";
import { hashBytes, mix } from "../hash.ts";
import type { Link } from "../link.ts";

export const policies = ["round_robin", "random", "least_in_flight", "hash"] as const;
export type Policy = (typeof policies)[number];

/** As in REGISTER: 1 unary, 2 client stream, 3 server stream, 4 bidi; 0 where the provider does not say. */
export const MethodKind = { UNKNOWN: 0, UNARY: 1, CLIENT: 2, SERVER: 3, BIDI: 4 } as const;

export interface Service {
  readonly name: string;
  readonly policy: Policy;
  readonly registrations: Set<Registration>;
}

/** Types of a method's request and response, and the instances that have them. */
export interface MethodTypes {
  readonly request: bigint;
  readonly response: bigint;
  instances: number;
}

/** Calls of one method of one instance that are over. */
export interface CallCounts {
  calls: number;
  /** By code; empty until a call has ended. */
  readonly codes: number[];
  durationMs: number;
  durationMsMax: number;
}

/** One REGISTER of one link: an instance of a service. */
export interface Registration {
  readonly kind: "registration";
  readonly id: number;
  readonly class: number;
  readonly link: Link;
  readonly service: Service;
  readonly instance: string;
  /** What the provider calls its version: a label. */
  readonly version: string;
  readonly inFlightMax: number;
  readonly providers: Provider[];
  readonly openedAt: number;
  inFlight: number;
  readonly load: Load;
  /** UNREGISTER came: no new calls, UNREGISTERED after the last one. */
  isClosing: boolean;
}

export interface MethodRoute {
  /** `package.Service/Method`. */
  readonly name: string;
  readonly nameBytes: Uint8Array;
  readonly kind: number;
  readonly service: Service;
  readonly providers: Provider[];
  /** By fingerprints; more than one where instances serve versions of a schema. */
  readonly types: MethodTypes[];
  /** Where round robin goes on. */
  cursor: number;
}

/** One method of one instance. */
export interface Provider {
  readonly method: MethodRoute;
  readonly registration: Registration;
  readonly link: Link;
  /** The method's alias towards `link`; 0 until it is bound. */
  alias: number;
  readonly types: MethodTypes;
  readonly counts: CallCounts;
}

export interface MethodOffer {
  readonly name: string;
  readonly kind: number;
  /** 0 where the provider does not say. */
  readonly requestFingerprint: bigint;
  readonly responseFingerprint: bigint;
}

export interface RegistrationOffer {
  readonly id: number;
  readonly class: number;
  readonly link: Link;
  readonly service: string;
  readonly policy: Policy;
  readonly instance: string;
  readonly version: string;
  readonly inFlightMax: number;
  readonly methods: readonly MethodOffer[];
  readonly openedAt: number;
}

const encoder = new TextEncoder();

export class Services {
  readonly #services = new Map<string, Service>();
  readonly #methods = new Map<string, MethodRoute>();
  /** Rises with every change: what was looked up before may be wrong. */
  epoch = 1;
  /** Told that an instance came or went. */
  readonly listeners = new Set<() => void>();

  method(name: string): MethodRoute | undefined {
    return this.#methods.get(name);
  }

  has(service: string): boolean {
    return this.#services.has(service);
  }

  get size(): number {
    return this.#services.size;
  }

  /** In the order they came. */
  all(): Iterable<Service> {
    return this.#services.values();
  }

  get(service: string): Service | undefined {
    return this.#services.get(service);
  }

  /** The registration, or why it is refused. */
  add(offer: RegistrationOffer): Registration | string {
    const known = this.#services.get(offer.service);
    const problem = this.#conflict(known, offer);
    if (problem !== undefined) return problem;
    const service = known ?? {
      name: offer.service,
      policy: offer.policy,
      registrations: new Set<Registration>(),
    };
    this.#services.set(service.name, service);
    const { id, link, instance, inFlightMax } = offer;
    const registration: Registration = {
      kind: "registration",
      id,
      class: offer.class,
      link,
      service,
      instance,
      version: offer.version,
      inFlightMax,
      providers: [],
      openedAt: offer.openedAt,
      inFlight: 0,
      load: createLoad(seedFor(service, offer)),
      isClosing: false,
    };
    service.registrations.add(registration);
    for (const offered of offer.methods) {
      const method = this.#open(service, offered.name, offered.kind);
      const provider = {
        method,
        registration,
        link,
        alias: link.outboundAliases.find(method.name),
        types: joinTypes(method, offered),
        counts: { calls: 0, codes: [], durationMs: 0, durationMsMax: 0 },
      };
      method.providers.push(provider);
      registration.providers.push(provider);
    }
    this.#change();
    return registration;
  }

  /** Takes `registration` out of routing; calls in flight are no business of this room. */
  remove(registration: Registration): void {
    const { service } = registration;
    if (!service.registrations.delete(registration)) return;
    for (const provider of registration.providers) {
      const { providers, name } = provider.method;
      providers.splice(providers.indexOf(provider), 1);
      leaveTypes(provider);
      if (providers.length === 0) this.#methods.delete(name);
    }
    if (service.registrations.size === 0) this.#services.delete(service.name);
    this.#change();
  }

  #change(): void {
    this.epoch++;
    for (const tell of this.listeners) tell();
  }

  #conflict(known: Service | undefined, offer: RegistrationOffer): string | undefined {
    if (known === undefined) return undefined;
    if (known.policy !== offer.policy) {
      return `${offer.service} is registered with policy ${known.policy} already, not ${offer.policy}: all instances must agree`;
    }
    for (const { name, kind } of offer.methods) {
      const method = this.#methods.get(`${offer.service}/${name}`);
      if (method !== undefined && method.kind !== kind) {
        return `${method.name} is registered with another kind of streaming already: all instances must serve the same schema`;
      }
    }
    return undefined;
  }

  #open(service: Service, method: string, kind: number): MethodRoute {
    const name = `${service.name}/${method}`;
    let route = this.#methods.get(name);
    if (route === undefined) {
      const nameBytes = encoder.encode(name);
      route = { name, nameBytes, kind, service, providers: [], types: [], cursor: 0 };
      this.#methods.set(name, route);
    }
    return route;
  }
}

function joinTypes(method: MethodRoute, offered: MethodOffer): MethodTypes {
  const { requestFingerprint: request, responseFingerprint: response } = offered;
  let types = method.types.find((each) => each.request === request && each.response === response);
  if (types === undefined) {
    types = { request, response, instances: 0 };
    method.types.push(types);
  }
  types.instances++;
  return types;
}

function leaveTypes({ method, types }: Provider): void {
  types.instances--;
  if (types.instances === 0) method.types.splice(method.types.indexOf(types), 1);
}

/** Counts a call of `provider` that is over. */
export function countCall({ counts }: Provider, code: number, durationMs: number): void {
  counts.calls++;
  counts.codes[code] = (counts.codes[code] ?? 0) + 1;
  counts.durationMs += durationMs;
  if (durationMs > counts.durationMsMax) counts.durationMsMax = durationMs;
}

/** By its name, so that an instance that comes back has its keys again; one without a name of its own, or a twin, by its link. */
function seedFor({ registrations }: Service, { instance, link, id }: RegistrationOffer): number {
  const name = encoder.encode(instance);
  const seed = mix(hashBytes(name, 0, name.length));
  const isTaken = instance === "" || [...registrations].some(({ load }) => load.seed === seed);
  return isTaken ? mix(seed ^ mix(link.id) ^ id) : seed;
}
