/** Nexus Bridge for Node: everything of `@nexus-bridge/sdk`, with a `connect` that speaks TCP and Unix sockets. */
export * from "@nexus-bridge/sdk";
export { connect } from "./connect.ts";
