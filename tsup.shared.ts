import type { Options } from "tsup";

/** One build for every published package: ESM for Node 22.18 and newer; `tsc -b` writes the declarations. */
export function library(entry: readonly string[]): Options {
  return {
    entry: [...entry],
    format: "esm",
    target: "node22",
    platform: "neutral",
    dts: false,
    sourcemap: true,
    clean: false,
    splitting: true,
    skipNodeModulesBundle: true,
  };
}
