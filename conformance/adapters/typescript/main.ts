/** The adapter program of the universal TypeScript SDK: WebSocket links, in Node. */
import { connect } from "@nexus-bridge/sdk";
import { features } from "../shared/features.ts";
import { runAdapter } from "../shared/program.ts";
import * as schema from "./gen/nexus/conformance/v1/index.ts";

runAdapter({
  language: "typescript",
  transports: ["ws"],
  features,
  schema,
  connect: (url, options) => connect(url, options),
});
