/** Where a router keeps topics. */
export * from "./store.ts";
