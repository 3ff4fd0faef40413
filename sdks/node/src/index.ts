/** Nexus Bridge for Node: everything of `@nexus-bridge/sdk`, with a `connect` that speaks TCP, TLS and Unix sockets. */
export * from "@nexus-bridge/sdk";
export { type ConnectOptions, connect, type TlsOptions } from "./connect.ts";
