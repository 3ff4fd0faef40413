export type { RouterEvent, RouterStats } from "./events.ts";
export type { RouterLimits } from "./limits.ts";
export { Router, type RouterOptions } from "./router.ts";
export type { CallSeen, MessageSeen, Observer } from "./tap.ts";
