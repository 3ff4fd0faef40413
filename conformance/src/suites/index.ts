/** The families that are generated from tables, each deterministic: the same ids and the same bytes in every run. */
import type { Template } from "../runner/template.ts";

export function generatedTemplates(): readonly Template[] {
  return [];
}
