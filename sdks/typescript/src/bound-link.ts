/** A link as a handler sees it: what is called or published through it is bound to the call being handled. */
import type { Scope } from "./call/plan.ts";
import { makeClient } from "./client.ts";
import type { ServiceDescriptor, TopicDescriptor } from "./descriptor.ts";
import type { LinkCore } from "./link/core.ts";
import type { PublishReceipt } from "./topics/publication.ts";
import { clearRetained, type PublishOptions, publish } from "./topics/publish.ts";

export interface BoundLink {
  client<Client>(service: ServiceDescriptor<Client, unknown>): Client;
  publish<T, Init>(
    topic: TopicDescriptor<T, Init, unknown>,
    event: Init,
    options?: PublishOptions,
  ): Promise<PublishReceipt>;
  clearRetained<T, Init>(
    topic: TopicDescriptor<T, Init, unknown>,
    event: Init,
    options?: PublishOptions,
  ): Promise<PublishReceipt>;
}

export function bindLink(link: LinkCore, scope: Scope): BoundLink {
  return {
    client: (service) => makeClient(link, service, scope),
    publish: (topic, event, options) => publish(link, topic, event, options, scope),
    clearRetained: (topic, event, options) => clearRetained(link, topic, event, options, scope),
  };
}
