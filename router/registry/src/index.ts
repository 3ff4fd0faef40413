export { type CompiledSet, type CompileSet, compileSet } from "./compile-set.ts";
export { openRegistryFolder, type RegistryFolder } from "./folder.ts";
export {
  Health,
  HealthCheckResponse_ServingStatus,
  type HealthHandler,
} from "./gen/schema/grpc/health/v1/health.ts";
export * from "./gen/schema/nexus/router/v1/index.ts";
export { OWN_SUBJECT } from "./own-schema.ts";
export {
  type Push,
  type PushResult,
  Registry as SchemaRegistry,
  type RegistryLimits,
  type RegistryOptions,
} from "./registry.ts";
export { type PushSeen, pushSeen, registryHandler } from "./registry-service.ts";
export * from "./schema-index.ts";
export { hexOf, ordered, setFault, setHash } from "./schema-set.ts";
export { createVersion, type Version } from "./version.ts";
