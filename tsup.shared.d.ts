import type { Options } from "tsup";
/** One build for every published package: ESM for Node 22.18 and newer; `tsc -b` writes the declarations. */
export declare function library(entry: readonly string[]): Options;
