/** `grpc.health.v1.Health`: of the router under the empty name, and of every service that has had an instance. */
import type { Router } from "@nexus-bridge/router-core";
import {
  type HealthHandler,
  HealthCheckResponse_ServingStatus as Status,
} from "@nexus-bridge/router-registry";
import { NexusError } from "@nexus-bridge/sdk";
import type { Life } from "./life.ts";

/** Names of services without an instance that are remembered; the oldest is forgotten. */
const NAMES_MAX = 10_000;

export function healthHandler(router: Router, life: Life): HealthHandler {
  const known = new Set<string>();
  router.observe({
    event: (event) => {
      if (event.kind === "registered") remember(known, event.service);
    },
  });
  const statusOf = (service: string): Status => {
    if (life.isDraining()) return Status.NOT_SERVING;
    if (service === "" || router.hasService(service)) return Status.SERVING;
    return known.has(service) ? Status.NOT_SERVING : Status.SERVICE_UNKNOWN;
  };
  return {
    check({ service }) {
      const status = statusOf(service);
      if (status !== Status.SERVICE_UNKNOWN) return { status };
      throw new NexusError({
        code: "NOT_FOUND",
        message: `no instance of ${service} has registered since the router started`,
      });
    },
    async *watch({ service }, { signal }) {
      let told: Status | undefined;
      while (!signal.aborted) {
        const turn = life.turn;
        const status = statusOf(service);
        if (status !== told) yield { status };
        told = status;
        if (life.isDraining()) return;
        await life.after(turn, signal);
      }
    },
  };
}

function remember(known: Set<string>, name: string): void {
  // Set anew, so that what is in use is forgotten last.
  known.delete(name);
  known.add(name);
  if (known.size <= NAMES_MAX) return;
  for (const oldest of known) {
    known.delete(oldest);
    return;
  }
}
