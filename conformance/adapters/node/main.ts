/** The adapter program of the Node SDK: TCP, Unix sockets, TLS and WebSocket, with the schema's JavaScript adapters. */
import { connect } from "@nexus-bridge/sdk-node";
import { features } from "../shared/features.ts";
import { runAdapter } from "../shared/program.ts";
import * as schema from "./gen/nexus/conformance/v1/index.js";

runAdapter({
  language: "node",
  transports: ["tcp", "unix", "tls", "ws"],
  // The SDK for Node brings zlib; in the other one a program hands it in.
  features: [...features, "payload.zlib"],
  schema,
  connect: (url, options, ca) =>
    connect(url, ca === undefined ? options : { ...options, tls: { ca } }),
});
