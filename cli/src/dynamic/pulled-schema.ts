/** The schema of a service from the router's own registry, for a call without a schema at hand. */
import { Registry, SchemaNotFoundError } from "@nexus-bridge/router-registry";
import { compile, type Model } from "@nexus-bridge/schema";
import { type Link, NexusError } from "@nexus-bridge/sdk-node";

/** Undefined where the router's registry does not know the service, or the router has no registry. */
export async function pulledModel(
  link: Link,
  service: string,
  signal: AbortSignal,
): Promise<Model | undefined> {
  try {
    const { schema } = await link.client(Registry).find({ name: service }, { signal });
    const { files = [], inputs = [] } = schema ?? {};
    return compile(files, { inputs }).model;
  } catch (error) {
    const hasNone = error instanceof NexusError && error.reason === "NO_PROVIDER";
    if (SchemaNotFoundError.is(error) || hasNone) return undefined;
    throw error;
  }
}
