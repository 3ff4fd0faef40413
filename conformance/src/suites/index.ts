/** The families that are generated from tables, each deterministic: the same ids and the same bytes in every run. */
import type { Template } from "../runner/template.ts";
import { fieldTemplates } from "./codec-fields.ts";
import { codecMalformedTemplates } from "./codec-malformed.ts";
import { goldenTemplates } from "./golden.ts";
import { malformedTemplates } from "./malformed.ts";

export function generatedTemplates(): readonly Template[] {
  return [
    ...fieldTemplates(),
    ...codecMalformedTemplates(),
    ...goldenTemplates(),
    ...malformedTemplates(),
  ];
}
