/**
 * Writes the whole suite as one JavaScript file that needs Node alone: the runner, the referee, the router, and as data the
 * cases, vectors and tables. `node conformance/src/bundle/build.ts [file]`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { readText, root, yamlUnder } from "../runner/checkout.ts";

const source = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const carried = [
  "conformance/features.yaml",
  "conformance/known-failing.yaml",
  "conformance/spec-map.yaml",
  "conformance/requirements/1.0.yaml",
  "protocol/SPEC.md",
  "schema/errors/errors.json",
  "schema/vectors/frames.json",
];

const common = {
  bundle: true,
  format: "esm" as const,
  platform: "node" as const,
  target: "node22",
  conditions: ["@nexus-bridge/source"] as string[],
  legalComments: "inline" as const,
  logLevel: "error" as const,
  // Packages that are CommonJS ask for node: modules with require.
  banner: {
    js: 'import { createRequire as nexusRequire } from "node:module";\nconst require = nexusRequire(import.meta.url);',
  },
} satisfies BuildOptions;

/** What is read from a checkout is read from the bundle. */
const embedded: Plugin = {
  name: "embedded",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/checkout\.ts$/ }, () => ({ path: source("bundle/contents.ts") })),
};

export async function bundledSuite(): Promise<string> {
  const certificates = await build({
    ...common,
    write: false,
    entryPoints: [join(root, "transports/src/testing/certificates.ts")],
  });
  const files = {
    ...Object.fromEntries(
      [...carried, ...yamlUnder("conformance/suites")].map((path) => [path, readText(path)]),
    ),
    "certificates.mjs": certificates.outputFiles[0]?.text,
  };
  const { outputFiles } = await build({
    ...common,
    write: false,
    banner: { js: `#!/usr/bin/env node\n${common.banner.js}` },
    entryPoints: [source("main.ts")],
    define: {
      NEXUS_CONFORMANCE_FILES: JSON.stringify(files),
      // Modules that are programs, too, are none in here.
      "import.meta.main": "false",
    },
    plugins: [embedded],
  });
  return outputFiles[0]?.text ?? "";
}

export async function writeBundle(path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await bundledSuite(), { mode: 0o755 });
}

if (import.meta.main) {
  const path = resolve(process.argv[2] ?? join(root, "conformance/dist/nexus-conformance.mjs"));
  await writeBundle(path);
  process.stderr.write(`${path}\n`);
}
