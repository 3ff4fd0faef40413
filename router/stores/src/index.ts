/** Where a router keeps topics. */
export * from "./memory-store.ts";
export * from "./store.ts";
