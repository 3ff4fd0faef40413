#!/usr/bin/env node
// Starts the CLI: the built one in a published package, the sources in a checkout (where a build could be stale).
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";

const sources = new URL("../src/main.ts", import.meta.url);
const isCheckout = existsSync(sources);
nodeModule.enableCompileCache?.();
if (isCheckout) {
  // An older Node cannot run the sources: the bootstrap goes on with the checkout's own.
  if (nodeModule.registerHooks === undefined) await bootstrap();
  else await runSources();
} else {
  const { main } = await import(new URL("../dist/main.js", import.meta.url).href);
  await main(process.argv.slice(2));
}

async function runSources() {
  // The same as --conditions=@nexus-bridge/source, without a second process.
  nodeModule.registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, {
        ...context,
        conditions: [...context.conditions, "@nexus-bridge/source"],
      }),
  });
  const { main } = await import(sources.href);
  await main(process.argv.slice(2));
}

async function bootstrap() {
  process.argv.splice(2, 0, "nexus");
  await import(new URL("../../tools/bootstrap.mjs", import.meta.url).href);
}
