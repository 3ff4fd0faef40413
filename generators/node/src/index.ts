export { node } from "./language.ts";
