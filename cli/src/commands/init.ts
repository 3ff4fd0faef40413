/** `nexus init`: its options and help. */
import { Command } from "commander";
import { parseList } from "../arguments.ts";

export interface InitFlags {
  readonly lang?: readonly string[];
  readonly json?: true;
}

export function initCommand(): Command {
  return new Command("init")
    .summary("start a project: schema, config, a caller and a provider")
    .description(
      "Leaves a schema, a nexus.config.json, generated adapters, and a provider and a caller in each " +
        "language that is installed here, ready to run. Overwrites nothing.",
    )
    .argument("[folder]", "where to", ".")
    .option("-l, --lang <names>", "languages (default: those whose tools are installed)", parseList)
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ nexus init
  $ nexus init shop --lang python,typescript`,
    )
    .action(async (folder: string, flags: InitFlags) => {
      const { runInit } = await import("../actions/init.ts");
      await runInit(folder, flags);
    });
}
