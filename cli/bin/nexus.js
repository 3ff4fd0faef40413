#!/usr/bin/env node
// Starts the CLI: the built one in a published package, the sources in a checkout (where a build could be stale).
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";

const sources = new URL("../src/main.ts", import.meta.url);
const isCheckout = existsSync(sources);
nodeModule.enableCompileCache?.();
if (isCheckout) {
  if (nodeModule.registerHooks === undefined) {
    process.stderr.write("nexus: running from sources needs Node 22.18 or newer.\n");
    process.exit(2);
  }
  // The same as --conditions=@nexus-bridge/source, without a second process.
  nodeModule.registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, {
        ...context,
        conditions: [...context.conditions, "@nexus-bridge/source"],
      }),
  });
}
const { main } = await import(
  isCheckout ? sources.href : new URL("../dist/main.js", import.meta.url).href
);
await main(process.argv.slice(2));
