export type { RouterEvent, RouterLimits, RouterStats } from "@nexus-bridge/router-core";
export { type RouterOptions, type RunningRouter, startRouter } from "./start.ts";
