/** `nexus.router.v1.Trace`: reads the trace ring, which is kept where the router has an admin listener. */
import {
  type TraceEntryInit,
  type TraceHandler,
  TraceKind,
  type TraceRequest,
} from "@nexus-bridge/router-registry";
import type { TraceEntry, TraceQuery, TraceRing } from "@nexus-bridge/router-telemetry";
import { NexusError, Timestamp } from "@nexus-bridge/sdk";

const ENTRIES_MAX = 1000;
const ENTRIES_DEFAULT = 100;
const TRACE_ID_BYTES = 16;

const kinds = {
  call: TraceKind.CALL,
  refused: TraceKind.REFUSED,
  message: TraceKind.MESSAGE,
} as const satisfies Readonly<Record<TraceEntry["kind"], TraceKind>>;

export function traceHandler(ring: TraceRing | undefined): TraceHandler {
  return {
    query(request) {
      if (ring === undefined) {
        throw new NexusError({
          code: "FAILED_PRECONDITION",
          message: "the router keeps no traces: start it with --admin 127.0.0.1:5674",
        });
      }
      return { sample: ring.sample, entries: ring.find(queryOf(request)).map(entryOf) };
    },
  };
}

function queryOf({ kind, name, traceId, outcome, limit }: TraceRequest): TraceQuery {
  const wanted = kindOf(kind);
  if (traceId.length !== 0 && traceId.length !== TRACE_ID_BYTES) {
    throw invalid(`a trace id has ${TRACE_ID_BYTES} bytes, not ${traceId.length}`);
  }
  return {
    ...(wanted !== undefined && { kind: wanted }),
    ...(name !== "" && { name }),
    ...(traceId.length > 0 && { traceId: Buffer.from(traceId).toString("hex") }),
    ...(outcome !== "" && { outcome }),
    limit: Math.min(limit === 0 ? ENTRIES_DEFAULT : limit, ENTRIES_MAX),
  };
}

/** Undefined for all of them. */
export function kindOf(kind: TraceKind): TraceEntry["kind"] | undefined {
  const wanted = Object.entries(kinds).find(([, number]) => number === kind)?.[0];
  if (kind !== TraceKind.UNSPECIFIED && wanted === undefined) {
    throw invalid(`there is no kind ${kind}; 1 is call, 2 refused, 3 message`);
  }
  return wanted as TraceEntry["kind"] | undefined;
}

const invalid = (message: string): NexusError =>
  new NexusError({ code: "INVALID_ARGUMENT", message });

/** An entry as the schema has it. */
export function entryOf(entry: TraceEntry): TraceEntryInit {
  const { kind, time, sequence, name, link, stream, outcome, message, durationMs } = entry;
  return {
    kind: kinds[kind],
    time: Timestamp.fromDate(new Date(time)),
    sequence: BigInt(sequence),
    name,
    link,
    stream,
    outcome,
    message,
    durationMs,
    traceId: entry.traceId === undefined ? undefined : Buffer.from(entry.traceId, "hex"),
    requestBytes: BigInt(entry.requestBytes ?? entry.bytes ?? 0),
    responseBytes: BigInt(entry.responseBytes ?? 0),
    responderLink: entry.responder?.link,
    responderStream: entry.responder?.stream,
    instance: entry.responder?.instance,
    receivers: entry.receivers,
  };
}
