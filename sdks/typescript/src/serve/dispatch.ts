/** A call from the router to the method that serves it, or to its refusal. What is said there goes for one OPEN alone. */
import {
  classAt,
  HEADER_BYTES,
  metaLengthAt,
  readMeta,
  routeAt,
  streamAt,
  unknownCriticalIn,
} from "@nexus-bridge/protocol";
import { sendStatus } from "../call/status.ts";
import { CODEC_BITS } from "../link/compression.ts";
import type { Session } from "../link/session.ts";
import { errorOf, invalidArgument, type NexusError } from "../nexus-error.ts";
import { InboundCall } from "./inbound-call.ts";
import type { ServedMethod } from "./served-method.ts";
import type { Service } from "./service.ts";

/** What a link serves, by full name. */
type Services = ReadonlyMap<string, Service>;

/** Takes the OPEN from `start` to `end`. */
export function takeCall(
  services: Services,
  session: Session,
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): void {
  const length = metaLengthAt(view, start);
  const from = start + HEADER_BYTES;
  const meta = length === 0 ? undefined : readMeta(bytes, view, from, from + length);
  const id = streamAt(view, start);
  const frameClass = classAt(view, start) & ~CODEC_BITS;
  const refuse = (error: NexusError): void => sendStatus(session, id, frameClass, error);
  if (meta?.kind === "fault") {
    refuse(errorOf(meta.code, 0, meta.message, { notExecuted: true }));
    return;
  }
  const critical = meta === undefined ? undefined : unknownCriticalIn(meta.meta);
  if (critical !== undefined) {
    refuse(errorOf(12, 0, `meta tag ${critical} is not known here`, { notExecuted: true }));
    return;
  }
  const served = methodOf(services, session, routeAt(view, start), meta?.meta.name);
  if (typeof served === "string") {
    refuse(errorOf(12, 0, `${served} is not served here`, { notExecuted: true }));
    return;
  }
  const refused =
    served === undefined ? invalidArgument("OPEN with an unbound alias") : served.admit();
  if (refused !== undefined || served === undefined) {
    if (refused !== undefined) refuse(refused);
    return;
  }
  new InboundCall(session, served, meta?.meta, view, start).begin(bytes, view, start, end);
}

function methodOf(
  services: Services,
  session: Session,
  alias: number,
  name: string | undefined,
): ServedMethod | string | undefined {
  if (alias === 0) return name === undefined ? undefined : (find(services, name) ?? name);
  const bound = session.names.inbound.get(alias);
  if (bound === undefined) return undefined;
  const known = bound.target as ServedMethod | undefined;
  if (known?.open === true) return known;
  const found = find(services, bound.name);
  bound.target = found;
  return found ?? bound.name;
}

function find(services: Services, path: string): ServedMethod | undefined {
  return services.get(path.slice(0, path.lastIndexOf("/")))?.methods.get(path);
}
