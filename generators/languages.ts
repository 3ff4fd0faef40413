/** Every adapter language of Nexus, one row each. Adding a language adds a row here and changes nothing else. */
import type { Language } from "@nexus-bridge/generate-core";

/** A tool that a language needs on the machine before its adapters can run. */
export interface LanguageTool {
  readonly command: string;
  readonly versionArguments: readonly string[];
  /** The lowest version that works, for example `3.11`. */
  readonly minimum: string;
  /** What a person types to get it. */
  readonly install: string;
}

export interface LanguageRow {
  /** As in `nexus generate --lang`. */
  readonly name: string;
  readonly title: string;
  readonly generator: () => Promise<Language>;
  /** Empty where Nexus's own toolchain is enough. */
  readonly tools: readonly LanguageTool[];
}

export const languages: readonly LanguageRow[] = [
  {
    name: "typescript",
    title: "TypeScript",
    generator: async () => (await import("@nexus-bridge/generate-typescript")).typescript,
    tools: [],
  },
  {
    name: "node",
    title: "Node",
    generator: async () => (await import("@nexus-bridge/generate-node")).node,
    tools: [],
  },
  {
    name: "python",
    title: "Python",
    generator: async () => (await import("@nexus-bridge/generate-python")).python,
    tools: [
      {
        command: "python3",
        versionArguments: ["--version"],
        minimum: "3.11",
        install: "apt-get install python3 python3-venv",
      },
    ],
  },
];
