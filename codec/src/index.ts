/** What generated TypeScript rests on, for people: `gen1.ts` is the same for generated code. */
export * from "./codec-error.ts";
export * from "./completing.ts";
export * from "./encoding.ts";
export * from "./extension.ts";
export * from "./json/index.ts";
export * from "./maps.ts";
export type * from "./message-type.ts";
export * from "./reader.ts";
export * from "./validation.ts";
export * from "./well-known/index.ts";
export { Writer } from "./writer.ts";
