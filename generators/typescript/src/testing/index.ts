/** What the tests of this package and of `generators/node` share. Not published. */
export * from "./golden.ts";
export * from "./schemas.ts";
export * from "./tools.ts";
