/**
 * The first generation of what generated code imports. It only ever gets additions; what would break code that exists
 * becomes `gen2` beside it.
 */
export * from "./index.ts";
export * from "./packed.ts";
