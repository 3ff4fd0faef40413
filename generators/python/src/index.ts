export { python } from "./language.ts";
