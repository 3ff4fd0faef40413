/** `nexus generate`: its options and help. */
import { Command } from "commander";
import { parseList } from "../arguments.ts";

export interface GenerateFlags {
  readonly lang?: readonly string[];
  readonly out?: string;
  readonly package?: string;
  readonly config?: string;
  readonly check?: true;
  readonly force?: true;
  readonly explain?: string;
  readonly watch?: true;
  readonly json?: true;
}

export function generateCommand(): Command {
  return new Command("generate")
    .summary("write typed adapters from a schema")
    .description(
      "Writes typed adapters from a schema: of the targets of nexus.config.*, or of the files named " +
        "here, which need --lang. Only what changed is written; files edited since are refused.",
    )
    .argument("[files...]", "schema files or folders; without them nexus.config.* says")
    .option("-l, --lang <names>", "languages, for example python,typescript", parseList)
    .option("-o, --out <folder>", 'output folder for named files (default "gen")')
    .option("-p, --package <name>", "name of the package to emit, for named files")
    .option("-c, --config <file>", "config file (default: nexus.config.* here or above)")
    .option("--check", "write nothing; exit 1 and list what is not as it would be written")
    .option("--force", "overwrite generated files that were edited, and files in the way")
    .option(
      "--explain <stage>",
      "print the value after load, parse, link, model, check, view, render or " +
        "plan; with the name of a type behind it, only that type's",
    )
    .option("-w, --watch", "run again whenever the schema or the config file changes")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ nexus generate                                     all targets of nexus.config.*
  $ nexus generate --lang python --out gen orders.proto
  $ nexus generate --check                             in CI: is the output fresh?
  $ nexus generate --explain model Order               what the generators see of a type`,
    )
    .action(async (files: readonly string[], flags: GenerateFlags) => {
      const { runGenerate } = await import("../actions/generate.ts");
      await runGenerate(files, flags);
    });
}
