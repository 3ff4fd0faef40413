/** Picks the instance that takes a call. One with too many calls in flight is passed over; nobody else is judged here. */
import type { MethodRoute, Provider } from "./resolve/services.ts";

/** From 0 up to 1. */
export type Random = () => number;

/** The instance for the next call of `method`, or undefined when every one is at its limit. */
export function chooseProvider(
  method: MethodRoute,
  inFlightMax: number,
  random: Random,
): Provider | undefined {
  switch (method.service.policy) {
    case "random":
      return nextFrom(method, Math.floor(random() * method.providers.length), inFlightMax);
    case "least_in_flight":
      return leastLoaded(method, inFlightMax);
    // Without an ordering key hash is round robin; the key itself is not read in this version.
    case "hash":
    case "round_robin": {
      const chosen = nextFrom(method, method.cursor, inFlightMax);
      method.cursor = method.cursor + 1 >= method.providers.length ? 0 : method.cursor + 1;
      return chosen;
    }
  }
}

function nextFrom(method: MethodRoute, start: number, inFlightMax: number): Provider | undefined {
  const { providers } = method;
  let at = start;
  for (let tried = 0; tried < providers.length; tried++) {
    if (at >= providers.length) at = 0;
    const provider = providers[at] as Provider;
    if (hasRoom(provider, inFlightMax)) return provider;
    at++;
  }
  return undefined;
}

function leastLoaded(method: MethodRoute, inFlightMax: number): Provider | undefined {
  let best: Provider | undefined;
  const { providers } = method;
  // Equal instances take turns: the scan begins one further each time.
  for (let step = 0; step < providers.length; step++) {
    const provider = providers[(method.cursor + step) % providers.length] as Provider;
    if (!hasRoom(provider, inFlightMax)) continue;
    if (best === undefined || provider.registration.inFlight < best.registration.inFlight) {
      best = provider;
    }
  }
  method.cursor = method.cursor + 1 >= providers.length ? 0 : method.cursor + 1;
  return best;
}

const hasRoom = ({ registration }: Provider, inFlightMax: number): boolean =>
  registration.inFlight < Math.min(inFlightMax, registration.inFlightMax);
