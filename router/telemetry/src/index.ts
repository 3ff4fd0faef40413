export { Metrics, type MetricsSource } from "./metrics.ts";
export {
  TRACE_ANSWER_DEFAULT,
  TRACE_ENTRIES_MAX,
  type TraceEntry,
  type TraceQuery,
  TraceRing,
  type TraceRingOptions,
} from "./trace-ring.ts";
