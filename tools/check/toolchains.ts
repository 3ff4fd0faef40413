/** Which adapter languages this machine can run, and what it lacks for the others. */
import { execFile } from "node:child_process";
import { type LanguageRow, type LanguageTool, languages } from "@nexus-bridge/generate";

export interface Toolchain {
  readonly language: LanguageRow;
  /** Empty when everything is there. */
  readonly missing: readonly string[];
}

function versionOf(tool: LanguageTool): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(tool.command, [...tool.versionArguments], { timeout: 10_000 }, (error, out, err) => {
      resolve(error === null ? /\d+(\.\d+)+/.exec(`${out}${err}`)?.[0] : undefined);
    });
  });
}

/** Compares dotted versions number by number: 3.9 is older than 3.11. */
export function isAtLeast(version: string, minimum: string): boolean {
  const have = version.split(".").map(Number);
  for (const [index, wanted] of minimum.split(".").map(Number).entries()) {
    const number = have[index] ?? 0;
    if (number !== wanted) return number > wanted;
  }
  return true;
}

async function missingOf(tool: LanguageTool): Promise<readonly string[]> {
  const version = await versionOf(tool);
  if (version !== undefined && isAtLeast(version, tool.minimum)) return [];
  const found = version === undefined ? "is not here" : `is ${version}`;
  return [`${tool.command} ${tool.minimum} is needed and ${found}: ${tool.install}`];
}

export async function toolchains(): Promise<readonly Toolchain[]> {
  return Promise.all(
    languages.map(async (language) => ({
      language,
      missing: (await Promise.all(language.tools.map(missingOf))).flat(),
    })),
  );
}
