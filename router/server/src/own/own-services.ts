/**
 * The router's own services: RPC services like any other, served in this process by the SDK over a link in memory that nobody
 * else sees. While nobody calls them they cost a link.
 */
import type { Router } from "@nexus-bridge/router-core";
import {
  Health,
  Monitor,
  Registry,
  registryHandler,
  type SchemaRegistry,
  Services,
  Trace,
} from "@nexus-bridge/router-registry";
import type { TraceRing } from "@nexus-bridge/router-telemetry";
import { type Link, openLink } from "@nexus-bridge/sdk";
import { memoryPair } from "@nexus-bridge/transports";
import { healthHandler } from "./health.ts";
import { Life } from "./life.ts";
import { monitorHandler } from "./monitor.ts";
import { servicesHandler } from "./services.ts";
import { traceHandler } from "./trace.ts";

export interface OwnServicesOptions {
  readonly registry: SchemaRegistry;
  readonly allowPush: boolean;
  readonly isDraining: () => boolean;
  /** Absent: nothing is traced. */
  readonly trace: TraceRing | undefined;
  /** Told what goes wrong inside a service. */
  readonly failed: (message: string) => void;
}

/** Calls of one service at once; beyond them callers are told to try again. */
const CONCURRENCY = 256;
/** Every one of them looks at every call and message. */
const MONITORS_MAX = 8;

/** Serves them; closing the link that is returned ends that. */
export async function serveOwnServices(router: Router, options: OwnServicesOptions): Promise<Link> {
  const { registry, allowPush, isDraining, trace, failed } = options;
  const dial = async () => {
    if (isDraining()) throw new Error("the router is going away");
    const [near, far] = memoryPair();
    router.attach(far, { isInternal: true });
    return near;
  };
  const link = await openLink(
    "memory:router",
    { "memory:": dial },
    {
      name: "router",
      onDiagnostic: (diagnostic) => {
        if (diagnostic.kind !== "handlerFailed") return;
        const { method, error } = diagnostic;
        failed(`${method}: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
      },
    },
  );
  const limits = { concurrency: CONCURRENCY, instance: "router" };
  const life = new Life(router, isDraining);
  try {
    await link.serve(Registry, registryHandler(registry, allowPush), limits);
    await link.serve(Services, servicesHandler(router), limits);
    await link.serve(Trace, traceHandler(trace), limits);
    await link.serve(Monitor, monitorHandler(router, link, registry.index), {
      ...limits,
      concurrency: MONITORS_MAX,
    });
    await link.serve(Health, healthHandler(router, life), limits);
  } catch (error) {
    await link.close();
    throw error;
  }
  return link;
}
