import { load, parseConfig } from "../../generators/core/src/index.ts";
import { compile, formatDiagnostic } from "../../schema/compiler/src/index.ts";
import { python } from "./src/index.ts";
import { mkdirSync, writeFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
const [input, out, pkg, runtime] = process.argv.slice(2);
const loaded = load({ base: input!, inputs: ["."], workingFolder: input! });
const c = compile(loaded.files, { inputs: loaded.inputs });
for (const d of [...loaded.diagnostics, ...c.diagnostics]) console.error(formatDiagnostic(d));
const target = { language: "python", out: out!, ...(pkg ? { package: pkg } : {}), imports: {}, options: { runtime: runtime ?? "nexus_bridge.gen1" } };
const { views, diagnostics } = python.view(c.model!, target);
for (const d of diagnostics) console.error(formatDiagnostic(d));
rmSync(out!, { recursive: true, force: true });
for (const f of python.render(views, target)) { const p = join(out!, f.path); mkdirSync(dirname(p), { recursive: true }); writeFileSync(p, f.text); }
