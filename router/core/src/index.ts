export type { Encodings, MessageSchema, MessageSchemas } from "./encodings/encodings.ts";
export type { RouterEvent, RouterStats } from "./events.ts";
export type { RouterLimits } from "./limits.ts";
export type {
  InstanceView,
  MethodCounts,
  MethodView,
  ServiceView,
} from "./resolve/service-view.ts";
export { Router, type RouterOptions } from "./router.ts";
export type { SchemaJudge, SchemaJudgement, SchemaVerdict } from "./schema-judge.ts";
export type { CallSeen, MessageSeen, Observer } from "./tap.ts";
