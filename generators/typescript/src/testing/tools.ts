/** The judges of generated code: biome for its layout, the TypeScript compiler for its types. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "./schemas.ts";

const bin = join(repository, "node_modules/.bin");

/** What biome would change; empty where it changes nothing. Runs on a copy: the repository keeps biome off golden folders. */
export function biomeChanges(folder: string): string {
  const place = mkdtempSync(join(tmpdir(), "nexus-golden-"));
  try {
    cpSync(folder, join(place, "golden"), { recursive: true });
    const formatter = { indentStyle: "space", indentWidth: 2, lineWidth: 100 };
    const config = {
      root: true,
      formatter,
      linter: { enabled: false },
      assist: { enabled: false },
    };
    writeFileSync(join(place, "biome.json"), JSON.stringify(config));
    const run = spawnSync(join(bin, "biome"), ["format", "--colors=off", "golden"], {
      cwd: place,
      encoding: "utf8",
    });
    return run.status === 0 ? "" : `${run.stdout}${run.stderr}`;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** The compiler's errors under a configuration; empty where there are none. */
export function typeErrors(config: string): string {
  const run = spawnSync(
    process.execPath,
    [join(repository, "node_modules/typescript/bin/tsc"), "-p", config],
    {
      encoding: "utf8",
    },
  );
  return run.status === 0 ? "" : `${run.stdout}${run.stderr}`;
}
