/**
 * The one module that generated code imports: codecs' runtime, descriptors, and the types that make clients, handlers, topics
 * and errors typed. It only ever gets additions; what would break it becomes `gen2` beside it.
 */
export * from "@nexus-bridge/codec/gen1";
export type { CallOptions, MessageSource, ResponseInfo } from "./call-options.ts";
export type {
  AnyErrorType,
  AnyMessageType,
  ErrorDefinition,
  MethodDescriptor,
  MethodShape,
  ServiceDescriptor,
  TopicDefinition,
  TopicDescriptor,
  TopicFieldKind,
  TopicPattern,
  TopicToken,
} from "./descriptor.ts";
export { type ErrorType, error } from "./error-type.ts";
export type { HandlerContext } from "./handler-context.ts";
export type { Metadata, MetadataInit, MetadataValue } from "./metadata.ts";
export { NexusError } from "./nexus-error.ts";
export { topic } from "./topic.ts";
