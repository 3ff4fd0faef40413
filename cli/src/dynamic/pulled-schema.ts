/** Schemas from the router's own registry, for commands without a schema at hand. */
import { type FindRequestInit, Registry, SchemaNotFoundError } from "@nexus-bridge/router-registry";
import { compile, type Model } from "@nexus-bridge/schema";
import { type Link, NexusError } from "@nexus-bridge/sdk-node";
import { ownTopic } from "./topic.ts";

/** Undefined where the router's registry does not know the service or topic, or the router has no registry. */
export async function pulledModel(
  link: Link,
  wanted: FindRequestInit,
  signal: AbortSignal,
): Promise<Model | undefined> {
  try {
    const { schema } = await link.client(Registry).find(wanted, { signal });
    const { files = [], inputs = [] } = schema ?? {};
    return compile(files, { inputs }).model;
  } catch (error) {
    const hasNone = error instanceof NexusError && error.reason === "NO_PROVIDER";
    if (SchemaNotFoundError.is(error) || hasNone) return undefined;
    throw error;
  }
}

/** Topics that are asked for; of further ones nothing is known. */
const TOPICS_MAX = 1000;

/** The model of each topic: `local` where it has it, else what the registry says, asked once. */
export function topicModels(
  link: Link,
  local: (topic: string) => Model | undefined,
  signal: AbortSignal,
): (topic: string) => Promise<Model | undefined> {
  const known = new Map<string, Model | undefined>();
  return async (topic) => {
    const model = local(topic) ?? known.get(topic);
    if (model !== undefined || known.has(topic) || known.size >= TOPICS_MAX) return model;
    known.set(topic, undefined);
    const pulled = await pulledModel(link, { topic: ownTopic(topic) }, signal);
    known.set(topic, pulled);
    return pulled;
  };
}
