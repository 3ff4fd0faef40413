/**
 * `npm run fresh`: writes every generated file that is checked in, in an order in which each rests on the one before;
 * with `--check` it writes nothing and fails where one is not as it would be written.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { generate } from "@nexus-bridge/generate";
import { configJsonSchema } from "@nexus-bridge/generate-core";

const root = fileURLToPath(new URL("..", import.meta.url));
const isCheck = process.argv.includes("--check");

/** Scripts that take `--check` themselves; they come first, generators rest on what they write. */
const scripts = [
  "schema/compiler/scripts/embed.ts",
  "schema/compiler/scripts/fingerprints.ts",
  "router/registry/scripts/embed.ts",
  "tools/constants.ts",
];

const skipped = new Set(["node_modules", "dist", "golden", "templates"]);

/** Every `nexus.config.json` of the tree, by path: each stands beside what it generates. */
function configsBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.name.startsWith(".") || skipped.has(entry.name)) return [];
      const place = join(folder, entry.name);
      if (entry.isDirectory()) return configsBelow(place);
      return entry.name === "nexus.config.json" ? [place] : [];
    });
}

function runScript(script: string): boolean {
  const run = spawnSync(
    process.execPath,
    ["--conditions=@nexus-bridge/source", script, ...(isCheck ? ["--check"] : [])],
    { cwd: root, encoding: "utf8" },
  );
  if (run.status === 0) return true;
  console.error(`${script}: ${`${run.stdout}${run.stderr}`.trim()}`);
  return false;
}

async function runConfig(config: string): Promise<boolean> {
  try {
    const { summary } = await generate({
      config,
      mode: isCheck ? "check" : "apply",
    });
    console.log(`${relative(root, config)}: ${isCheck ? "fresh" : summary}`);
    return true;
  } catch (error) {
    console.error(
      `${relative(root, config)}:\n${error instanceof Error ? error.message : String(error)}`,
    );
    return false;
  }
}

/** What editors check a `nexus.config.json` against. */
function writeConfigSchema(): boolean {
  const file = join(root, "generators/core/gen/nexus.config.schema.json");
  const text = `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
  const isFresh = existsSync(file) && readFileSync(file, "utf8") === text;
  if (isFresh) return true;
  if (isCheck) {
    console.error(`${file}: changed`);
    return false;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return true;
}

let isOk = writeConfigSchema();
for (const script of scripts) isOk = runScript(script) && isOk;
for (const config of configsBelow(root)) isOk = (await runConfig(config)) && isOk;
if (!isOk) {
  if (isCheck) console.error('run "npm run fresh" and commit what it writes');
  process.exitCode = 1;
}
