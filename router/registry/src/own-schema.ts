/** The schemas of the router's own services, which every registry can hand out without a push. Compiled when first asked for. */
import { compileSet } from "./compile-set.ts";
import { ownFiles } from "./gen/texts.ts";
import { ordered } from "./schema-set.ts";
import { createVersion, type Version } from "./version.ts";

/** Nobody pushes to it. */
export const OWN_SUBJECT = "nexus.router";

let own: Version | undefined;

export function ownVersion(): Version {
  if (own !== undefined) return own;
  const set = ordered({ files: ownFiles, inputs: [] });
  const compiled = compileSet(set);
  if (compiled.kind !== "model") throw new Error(compiled.problems.join("\n"));
  own = createVersion({
    subject: OWN_SUBJECT,
    version: "v1",
    set,
    model: compiled.model,
    pushedAtMs: 0,
    verdict: undefined,
    allowedBreaking: false,
  });
  return own;
}
