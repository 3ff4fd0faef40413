/** Nexus Bridge for TypeScript: what programs import. Generated code imports `@nexus-bridge/sdk/gen1` instead. */
export { Any, Duration, Timestamp } from "@nexus-bridge/codec/gen1";
export { useNativeCrc } from "@nexus-bridge/protocol";
export type { BoundLink } from "./bound-link.ts";
export type { CallOptions, MessageSource, ResponseInfo } from "./call-options.ts";
export type { Alarm, Clock } from "./clock.ts";
export { connect, type Dialers, openLink, universalDialers } from "./connect.ts";
export type {
  ErrorDefinition,
  MethodDescriptor,
  ServiceDescriptor,
  TopicDefinition,
  TopicDescriptor,
  TopicPattern,
} from "./descriptor.ts";
export type { ErrorType } from "./error-type.ts";
export { fake } from "./fake.ts";
export type { HandlerContext } from "./handler-context.ts";
export type { InterceptedCall, Interceptor, Next, Reply } from "./interceptor.ts";
export type { Link, Served } from "./link/link.ts";
export type { CompressionOptions, Diagnostic, LinkOptions, Zlib } from "./link-options.ts";
export { memoryLink } from "./memory/memory-link.ts";
export type { Metadata, MetadataInit, MetadataValue } from "./metadata.ts";
export { type ErrorDetail, NexusError, type NexusErrorInit } from "./nexus-error.ts";
export { type SendQueue, sendQueue } from "./send-queue.ts";
export type { DrainOptions, ServeOptions } from "./serve/service.ts";
export type { Event, EventPosition, Gap, GapReasonName, Item } from "./subscription-item.ts";
export type { PublishReceipt } from "./topics/publication.ts";
export type { PublishOptions } from "./topics/publish.ts";
export type { PendingSubscription, Subscription } from "./topics/subscribe.ts";
export type { StartAt, SubscribeOptions } from "./topics/subscribe-options.ts";
