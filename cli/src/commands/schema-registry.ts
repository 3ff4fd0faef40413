/** `nexus schema push`, `pull` and `list`: their options and help. */
import { Command } from "commander";

export interface RegistryFlags {
  readonly url?: string;
  readonly json?: true;
}

export interface SchemaPushFlags extends RegistryFlags {
  readonly subject: string;
  readonly version: string;
  readonly config?: string;
  readonly allowBreaking?: true;
  readonly dryRun?: true;
}

export interface SchemaPullFlags extends RegistryFlags {
  readonly version?: string;
  readonly out: string;
  readonly force?: true;
}

const urlOption = [
  "-u, --url <url>",
  "the router (default: NEXUS_URL, else nexus://127.0.0.1:5673)",
];
const exitCodes = "Exit codes: 0 done, 1 the work failed or was refused, 2 wrong usage.";

function subcommand(name: string, summary: string, description: string): Command {
  const [flags = "", text = ""] = urlOption;
  return new Command(name)
    .summary(summary)
    .description(description)
    .option(flags, text)
    .helpOption("-h, --help", "show help")
    .showHelpAfterError(`(run "nexus schema ${name} --help" for its options)`)
    .exitOverride();
}

export function pushCommand(): Command {
  return subcommand(
    "push",
    "add a version of a schema to the router's registry",
    "Adds a version of a schema to a subject of the router's registry, with all it imports. A " +
      "version never changes. One that breaks peers of the version before it is refused, and every " +
      "breaking change is named with its place.",
  )
    .argument("[files...]", "schema files or folders; without them nexus.config.* says")
    .requiredOption("--subject <name>", "what the versions are of, for example orders")
    .requiredOption("--version <label>", "this version, for example 1.2.0")
    .option("-c, --config <file>", "config file (default: nexus.config.* here or above)")
    .option("--allow-breaking", "push it although it breaks peers; the registry records it")
    .option("--dry-run", "say what a push would do to peers of the newest version")
    .option("--json", "print the result as JSON, errors as one line of JSON on stderr")
    .addHelpText(
      "after",
      `
Examples:
  $ nexus schema push orders.proto --subject orders --version 1.2.0
  $ nexus schema push --subject orders --version 1.3.0 --dry-run

${exitCodes}`,
    )
    .action(async (files: readonly string[], flags: SchemaPushFlags) => {
      const { runSchemaPush } = await import("../actions/schema-push.ts");
      await runSchemaPush(files, flags);
    });
}

export function pullCommand(): Command {
  return subcommand(
    "pull",
    "write the files of a version below a folder",
    "Writes the files of a version below a folder, each at its import path. A file that is there " +
      "with another text is left alone, and named, unless --force is given.",
  )
    .argument("<subject>", "for example orders")
    .option("--version <label>", "a version (default: the newest)")
    .option("-o, --out <folder>", "where to", ".")
    .option("--force", "write over files that differ")
    .option("--json", "print the result as JSON, errors as one line of JSON on stderr")
    .addHelpText(
      "after",
      `
Examples:
  $ nexus schema pull orders --out schema
  $ nexus schema pull orders --version 1.2.0 --out schema --force

${exitCodes}`,
    )
    .action(async (subject: string, flags: SchemaPullFlags) => {
      const { runSchemaPull } = await import("../actions/schema-pull.ts");
      await runSchemaPull(subject, flags);
    });
}

export function listCommand(): Command {
  return subcommand(
    "list",
    "show what the router's registry holds",
    "Shows every version of every subject, or of one, in the order in which they were pushed: " +
      "how it fits the version before it, when it came, and the start of its hash.",
  )
    .argument("[subject]", "for example orders (default: all)")
    .option("--json", "print each version as JSON, one a line")
    .addHelpText(
      "after",
      `
Examples:
  $ nexus schema list
  $ nexus schema list orders --json

${exitCodes}`,
    )
    .action(async (subject: string | undefined, flags: RegistryFlags) => {
      const { runSchemaList } = await import("../actions/schema-list.ts");
      await runSchemaList(subject, flags);
    });
}
