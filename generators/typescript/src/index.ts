export { typescript } from "./language.ts";
export { printFiles } from "./printer.ts";
export type { TypeScriptView } from "./view.ts";
export { viewsOf } from "./view-file.ts";
