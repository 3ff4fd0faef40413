/** `nexus schema`: its subcommands, their options and help. */
import { Command, Option } from "commander";
import { listCommand, pullCommand, pushCommand } from "./schema-registry.ts";

export interface SchemaCheckFlags {
  readonly against?: string;
  readonly config?: string;
  readonly url?: string;
  readonly failOn: "breaking" | "lossy";
  readonly json?: true;
}

export function schemaCommand(): Command {
  return new Command("schema")
    .summary("check a schema; push, pull and list those of the router")
    .description(
      "Works on schemas. `nexus schema check` finds what is wrong with one, and what changed; " +
        "push, pull and list work with the registry of a router.",
    )
    .addCommand(checkCommand())
    .addCommand(pushCommand())
    .addCommand(pullCommand())
    .addCommand(listCommand())
    .helpCommand("help [command]", "show help for a subcommand")
    .addHelpText(
      "after",
      `
Examples:
  $ nexus schema check --against main
  $ nexus schema push --subject orders --version 1.2.0
  $ nexus help schema`,
    );
}

function checkCommand(): Command {
  return new Command("check")
    .summary("find problems, and changes that break peers with an older version")
    .description(
      "Finds every problem of a schema. With --against it also compares the schema with an older " +
        "version, by what reaches the wire and JSON: whether peers of both versions understand each " +
        "other. Breaking and lossy changes go to stderr with their place, the verdict to stdout.",
    )
    .argument("[files...]", "schema files or folders; without them nexus.config.* says")
    .option(
      "-a, --against <version>",
      "a file, a folder, a branch, tag or commit of git, or router:<subject>[@<version>]",
    )
    .option("-u, --url <url>", "the router (default: NEXUS_URL, else nexus://127.0.0.1:5673)")
    .addOption(
      new Option("--fail-on <verdict>", "exit 1 from this verdict on")
        .choices(["breaking", "lossy"])
        .default("breaking"),
    )
    .option("-c, --config <file>", "config file (default: nexus.config.* here or above)")
    .option("--json", "print the result as JSON, with compatible changes and every verdict")
    .helpOption("-h, --help", "show help")
    .showHelpAfterError('(run "nexus schema check --help" for its options)')
    .addHelpText(
      "after",
      `
Examples:
  $ nexus schema check                          is the schema in order?
  $ nexus schema check --against main           what does this branch do to peers of main?
  $ nexus schema check orders.proto --against old/orders.proto
  $ nexus schema check --against v1.2.0 --fail-on lossy --json
  $ nexus schema check --against router:orders  what does it do to the newest that runs?

Exit codes: 0 done, 1 problems or a change as grave as --fail-on says, 2 wrong usage.`,
    )
    .exitOverride()
    .action(async (files: readonly string[], flags: SchemaCheckFlags) => {
      const { runSchemaCheck } = await import("../actions/schema-check.ts");
      await runSchemaCheck(files, flags);
    });
}
