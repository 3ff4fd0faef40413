/**
 * How many calls an instance may have in flight, and how many of them one requester may have. An instance that answers "too
 * many" gets fewer, and more again while it does not; a requester leaves some places to others. It costs nothing but a
 * comparison while an instance has half of its places free.
 */
import type { Core } from "../core.ts";
import type { Link } from "../link.ts";
import type { Registration } from "../resolve/services.ts";

/** An instance that was lowered gets an eighth more, at least one, each time this much has passed. */
const RAISE_MS = 500;
const RAISE_SHARE = 8;
/** One requester may hold this many times the places that are free: all but a sixteenth, where it is alone. */
const REQUESTER_SHARE = 15;

/** What the places of one instance depend on beside its limits. */
export interface Load {
  /** What its answers taught; Infinity while there was none to learn from. */
  concurrency: number;
  /** When that changed last. */
  changedAt: number;
  /** Calls in flight by requester; kept only while more than half of the places are taken. */
  shares: Map<Link, number> | undefined;
  /** Names the instance in rendezvous hashing, whatever others come and go. */
  readonly seed: number;
}

export const createLoad = (seed: number): Load => ({
  concurrency: Number.POSITIVE_INFINITY,
  changedAt: 0,
  shares: undefined,
  seed,
});

/** Whether `requester` may have one more call in flight to `registration`. */
export function hasPlace(core: Core, registration: Registration, requester: Link): boolean {
  const { inFlight, load, link } = registration;
  if (load.concurrency !== Number.POSITIVE_INFINITY) recover(core, registration);
  const places = placesOf(core, registration);
  if (inFlight >= places || link.outbound.size >= link.streamsMax) return false;
  if (2 * inFlight < places) return true;
  load.shares ??= sharesOf(registration);
  return (load.shares.get(requester) ?? 0) < REQUESTER_SHARE * (places - inFlight);
}

const placesOf = ({ limits }: Core, { inFlightMax, load }: Registration): number =>
  Math.min(limits.callsInFlightPerProvider, inFlightMax, load.concurrency);

/** Catches up with the time that has passed since the last change; an instance that may have all it asked for is forgotten. */
function recover({ limits, now }: Core, { load, inFlightMax }: Registration): void {
  const most = Math.min(limits.callsInFlightPerProvider, inFlightMax);
  while (now - load.changedAt >= RAISE_MS) {
    load.concurrency += Math.max(1, Math.floor(load.concurrency / RAISE_SHARE));
    load.changedAt += RAISE_MS;
    if (load.concurrency < most) continue;
    load.concurrency = Number.POSITIVE_INFINITY;
    return;
  }
}

/** The instance answered that it has too many, and what it has left is what it can have. */
export function lower({ load, inFlight }: Registration, now: number): void {
  load.concurrency = Math.max(1, Math.min(load.concurrency, inFlight));
  load.changedAt = now;
}

export function takePlace(registration: Registration, requester: Link): void {
  registration.inFlight++;
  const { shares } = registration.load;
  if (shares !== undefined) shares.set(requester, (shares.get(requester) ?? 0) + 1);
}

export function leavePlace(core: Core, registration: Registration, requester: Link): void {
  registration.inFlight--;
  const { load, inFlight } = registration;
  if (load.shares === undefined) return;
  const held = (load.shares.get(requester) ?? 1) - 1;
  if (held > 0) load.shares.set(requester, held);
  else load.shares.delete(requester);
  // Counted anew when it is above half again; not at every call to and fro.
  if (4 * inFlight < placesOf(core, registration)) load.shares = undefined;
}

function sharesOf(registration: Registration): Map<Link, number> {
  const shares = new Map<Link, number>();
  const { link } = registration;
  for (const calls of [link.outbound.all(), link.awaiting]) {
    for (const { provider, requester } of calls) {
      if (provider.registration !== registration) continue;
      shares.set(requester, (shares.get(requester) ?? 0) + 1);
    }
  }
  return shares;
}
