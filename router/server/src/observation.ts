/** Lets metrics and the trace ring watch a router, and the admin listener show them. Without an admin address nobody watches. */
import type { Router } from "@nexus-bridge/router-core";
import { Metrics, TraceRing } from "@nexus-bridge/router-telemetry";
import { type Admin, openAdmin } from "./admin.ts";

export interface ObservationOptions {
  readonly address: string;
  readonly traceSample: number;
  readonly isDraining: () => boolean;
}

export interface Observation {
  readonly admin: Admin;
  readonly trace: TraceRing;
  readonly metrics: Metrics;
}

/** Opens the admin listener and begins to watch. */
export async function observeRouter(
  router: Router,
  { address, traceSample, isDraining }: ObservationOptions,
): Promise<Observation> {
  const metrics = new Metrics({ stats: () => router.stats, isDraining });
  const trace = new TraceRing({ wallMs: Date.now, sample: traceSample });
  const admin = await openAdmin({ address, metrics, trace, isReady: () => !isDraining() });
  router.observe({
    event: (event) => {
      metrics.event(event);
      if (event.kind === "refused") trace.refused(event);
    },
    callEnded: (call) => {
      metrics.callEnded(call);
      trace.callEnded(call);
    },
    published: (message) => trace.published(message),
  });
  return { admin, trace, metrics };
}
