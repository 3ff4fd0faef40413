/** Reads the pairs of `schema/fixtures/evolution` and what their first line expects. Tests alone import it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compile } from "../src/compile.ts";
import { formatDiagnostic } from "../src/diagnostic.ts";
import type { Model } from "../src/model.ts";
import { fixturesFolder } from "./fixtures.ts";

export interface Evolution {
  readonly name: string;
  /** The texts of `v1/shop.proto` and `v2/shop.proto`. */
  readonly texts: readonly [string, string];
  readonly verdict: string;
  /** `<kind>@<line>:<column>` in the new version, by place. */
  readonly changes: readonly string[];
  readonly buf: "accepts" | "reports";
  /** Why buf says otherwise. */
  readonly reason: string | undefined;
}

const expectation =
  /^\/\/ expect: (identical|compatible|lossy|breaking)((?: [a-z0-9-]+@\d+:\d+)*); buf (accepts|reports)(?:: (.+))?\n/;

export function evolutions(): readonly Evolution[] {
  const folder = join(fixturesFolder, "evolution");
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const text = (version: string): string =>
        readFileSync(join(folder, name, version, "shop.proto"), "utf8");
      const texts = [text("v1"), text("v2")] as const;
      const [, verdict = "", changes = "", buf, reason] = expectation.exec(texts[1]) ?? [];
      if (buf !== "accepts" && buf !== "reports") {
        throw new Error(`${name}/v2/shop.proto begins with no expectation`);
      }
      return { name, texts, verdict, changes: changes.split(" ").slice(1), buf, reason };
    });
}

export function modelOfText(text: string, path = "shop.proto"): Model {
  const { model, diagnostics } = compile([{ path, text }], { inputs: [path] });
  if (model === undefined) throw new Error(diagnostics.map(formatDiagnostic).join("\n"));
  return model;
}
