/** Runs `nexus init`: chooses languages, writes what is not there yet, generates the adapters, says what to type next. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { generate } from "@nexus-bridge/generate";
import { didYouMean } from "@nexus-bridge/generate-core";
import type { InitFlags } from "../commands/init.ts";
import { Failure, usageFailure } from "../failure.ts";
import { findOrigin, linkNodePackages, type Origin } from "../init/checkout.ts";
import {
  type ProjectFile,
  projectFiles,
  starterLanguages,
  usesNode,
} from "../init/project-files.ts";
import { environmentPython, makePythonEnvironment } from "../init/python-environment.ts";
import { print, printJson } from "../output.ts";
import { languageStates } from "../toolchain.ts";

export async function runInit(folder: string, flags: InitFlags): Promise<void> {
  const project = resolve(folder);
  const languages = flags.lang === undefined ? await installedLanguages() : checked(flags.lang);
  const origin = findOrigin();
  const files = projectFiles({ languages, origin });
  refuseConflicts(project, folder, files);
  for (const file of files) {
    const place = join(project, file.path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, file.text, { flag: "wx" });
  }
  if (origin.checkout !== undefined) {
    if (usesNode(languages)) linkNodePackages(project, origin.checkout);
    if (languages.includes("python")) makePythonEnvironment(project, origin.checkout);
  }
  const { summary } = await generate({ config: join(project, "nexus.config.json") });
  const next = nextCommands(project, languages, origin);
  if (flags.json === true) {
    printJson({ folder: project, languages, files: files.map((file) => file.path), next }, 2);
    return;
  }
  for (const file of files) print(`wrote ${join(folder, file.path)}`);
  print(`generated the adapters: ${summary}`);
  if (origin.checkout !== undefined) {
    print(
      `the packages are those of the checkout ${origin.checkout}; nothing needs to be installed`,
    );
  }
  print(`\nnext:\n${next.map((line) => `  ${line}`).join("\n")}`);
}

async function installedLanguages(): Promise<readonly string[]> {
  const states = await languageStates();
  return states
    .filter((state) => state.isUsable && starterLanguages.includes(state.name))
    .map((state) => state.name);
}

function checked(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (starterLanguages.includes(name)) continue;
    const help = didYouMean(name, starterLanguages) ?? `there are ${starterLanguages.join(", ")}`;
    throw usageFailure(`--lang: there are no programs for "${name}": ${help}`);
  }
  return names;
}

function refuseConflicts(project: string, folder: string, files: readonly ProjectFile[]): void {
  const conflicts = files.filter((file) => existsSync(join(project, file.path)));
  if (conflicts.length === 0) return;
  const list = conflicts.map((file) => `  ${join(folder, file.path)}`).join("\n");
  throw new Failure(
    `these files are there already, so nothing was written:\n${list}\nchoose another folder: nexus init <folder>`,
  );
}

/** Commands in the order of typing; each program wants a terminal of its own. */
function nextCommands(
  project: string,
  languages: readonly string[],
  origin: Origin,
): readonly string[] {
  const lines: string[] = [];
  const place = relative(process.cwd(), project);
  if (place !== "") lines.push(`cd ${place}`);
  const hasPackage = usesNode(languages);
  if (origin.checkout === undefined) {
    if (hasPackage) lines.push("npm install");
    if (languages.includes("python")) {
      lines.push(
        `python3 -m venv .venv && ${environmentPython} -m pip install -r requirements.txt`,
      );
    }
  }
  const bin = origin.checkout === undefined ? "" : join(origin.checkout, "cli/bin/nexus.js");
  const router = bin === "" ? "npx @nexus-bridge/cli start" : `node ${bin} start`;
  lines.push(`${hasPackage ? "npm run router" : router}   # each in a terminal of its own`);
  for (const name of ["provider", "caller"]) {
    for (const language of languages) {
      lines.push(
        language === "python"
          ? `${environmentPython} python/${name}.py`
          : `npm run ${name}:${language}`,
      );
    }
  }
  return lines;
}
