/** What is installed on this machine: runs a tool for its version and compares it with what a language needs. */
import { execFile } from "node:child_process";
import { type LanguageTool, languages } from "@nexus-bridge/generate";

/** A tool that does not tell its version in this time counts as missing. */
const versionTimeoutMs = 10_000;

export interface ToolState {
  readonly command: string;
  /** Absent where it is not installed. */
  readonly version?: string;
  readonly minimum: string;
  readonly isUsable: boolean;
  /** What installs it. */
  readonly install: string;
}

export interface LanguageState {
  readonly name: string;
  readonly title: string;
  readonly isUsable: boolean;
  readonly tools: readonly ToolState[];
}

export const nodeTool: LanguageTool = {
  command: "node",
  versionArguments: ["--version"],
  minimum: "22.18",
  install: "https://nodejs.org/en/download (or: nvm install 24)",
};

/** The Node that runs this, without asking it. */
export function nodeState(): ToolState {
  return stateOf(nodeTool, process.versions.node);
}

export async function languageStates(): Promise<readonly LanguageState[]> {
  return Promise.all(
    languages.map(async ({ name, title, tools }) => {
      const states = await Promise.all(
        tools.map(async (tool) => stateOf(tool, await versionOf(tool))),
      );
      return { name, title, isUsable: states.every((state) => state.isUsable), tools: states };
    }),
  );
}

function stateOf(tool: LanguageTool, version: string | undefined): ToolState {
  return {
    command: tool.command,
    ...(version === undefined ? {} : { version }),
    minimum: tool.minimum,
    isUsable: version !== undefined && isAtLeast(version, tool.minimum),
    install: tool.install,
  };
}

function versionOf(tool: LanguageTool): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const options = { timeout: versionTimeoutMs, encoding: "utf8" } as const;
  execFile(tool.command, [...tool.versionArguments], options, (error, out, errors) => {
    resolve(error === null ? /\d+(?:\.\d+)+/.exec(`${out}${errors}`)?.[0] : undefined);
  });
  return promise;
}

/** Number by number: 3.9 is older than 3.11. */
export function isAtLeast(version: string, minimum: string): boolean {
  const have = version.split(".").map(Number);
  for (const [index, wanted] of minimum.split(".").map(Number).entries()) {
    const number = have[index] ?? 0;
    if (number !== wanted) return number > wanted;
  }
  return true;
}
