import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { typescript } from "../index.ts";
import { fixtures, modelOfFolder, targetOf } from "./schemas.ts";

const [out = "", ...opts] = process.argv.slice(2);
const target = targetOf(Object.fromEntries(opts.map((o) => o.split("="))));
for (const { name, folder } of fixtures()) {
  try {
    const { views, diagnostics } = typescript.view(modelOfFolder(folder), target);
    if (diagnostics.length) console.log(diagnostics.map((d) => d.message));
    for (const file of typescript.render(views, target)) {
      const path = join(out, name, file.path);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, file.text);
    }
  } catch (error) {
    console.log(name, String(error).slice(0, 400));
  }
}
