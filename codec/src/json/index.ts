export * from "./fields.ts";
export * from "./json-value.ts";
export * from "./registry.ts";
export * from "./scalars.ts";
export { parseJsonText } from "./text.ts";
