/** Picks the instance that takes a call. One without a place for the requester is passed over; nobody else is judged here. */
import { hasPlace } from "./calls/places.ts";
import type { Core } from "./core.ts";
import type { Frame } from "./frame.ts";
import { hashBytes, mix } from "./hash.ts";
import type { Link } from "./link.ts";
import { metaFields } from "./meta-check.ts";
import type { MethodRoute, Provider } from "./resolve/services.ts";

/** From 0 up to 1. */
export type Random = () => number;

/** The instance for the call that `frame`, whose meta was checked last, opens; undefined when none has a place. */
export function chooseProvider(
  core: Core,
  method: MethodRoute,
  requester: Link,
  frame: Frame,
): Provider | undefined {
  switch (method.service.policy) {
    case "random": {
      const start = Math.floor(core.random() * method.providers.length);
      return nextFrom(core, method, start, requester);
    }
    case "least_in_flight":
      return leastLoaded(core, method, requester);
    case "hash":
      return metaFields.hasKey
        ? highest(core, method, requester, frame)
        : inTurn(core, method, requester);
    case "round_robin":
      return inTurn(core, method, requester);
  }
}

function inTurn(core: Core, method: MethodRoute, requester: Link): Provider | undefined {
  const chosen = nextFrom(core, method, method.cursor, requester);
  advance(method);
  return chosen;
}

function advance(method: MethodRoute): void {
  method.cursor = method.cursor + 1 >= method.providers.length ? 0 : method.cursor + 1;
}

function nextFrom(
  core: Core,
  { providers }: MethodRoute,
  start: number,
  requester: Link,
): Provider | undefined {
  let at = start;
  for (let tried = 0; tried < providers.length; tried++) {
    if (at >= providers.length) at = 0;
    const provider = providers[at] as Provider;
    if (hasPlace(core, provider.registration, requester)) return provider;
    at++;
  }
  return undefined;
}

function leastLoaded(core: Core, method: MethodRoute, requester: Link): Provider | undefined {
  let best: Provider | undefined;
  const { providers, cursor } = method;
  // Equal instances take turns: the scan begins one further each time.
  for (let step = 0; step < providers.length; step++) {
    const provider = providers[(cursor + step) % providers.length] as Provider;
    const { registration } = provider;
    if (best !== undefined && registration.inFlight >= best.registration.inFlight) continue;
    if (hasPlace(core, registration, requester)) best = provider;
  }
  advance(method);
  return best;
}

/**
 * Rendezvous hashing: every instance has a rank for the key, and the highest takes the call. An instance that comes takes keys
 * from each of the others, one that goes leaves its own to them, and no other key moves. Without a place the next rank takes it.
 */
function highest(
  core: Core,
  { providers }: MethodRoute,
  requester: Link,
  frame: Frame,
): Provider | undefined {
  const key = hashBytes(frame.bytes, metaFields.keyStart, metaFields.keyEnd);
  let best: Provider | undefined;
  let rank = -1;
  for (let at = 0; at < providers.length; at++) {
    const provider = providers[at] as Provider;
    const { registration } = provider;
    const own = mix(key ^ registration.load.seed);
    if (own <= rank || !hasPlace(core, registration, requester)) continue;
    best = provider;
    rank = own;
  }
  return best;
}
