export * from "./any.ts";
export * from "./duration.ts";
export * from "./empty.ts";
export * from "./field-mask.ts";
export * from "./struct.ts";
export * from "./timestamp.ts";
export * from "./wrappers.ts";
