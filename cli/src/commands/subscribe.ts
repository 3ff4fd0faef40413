/** `nexus subscribe`: its options and help. */
import { Command } from "commander";
import { collect, parseCount } from "../arguments.ts";

export interface SubscribeFlags {
  readonly schema?: readonly string[];
  readonly config?: string;
  readonly url?: string;
  readonly count?: number;
  readonly group?: string;
  readonly json?: true;
}

export function subscribeCommand(): Command {
  return new Command("subscribe")
    .summary("print what is published")
    .description(
      "Prints events and gaps of the topics that match, until Ctrl-C or --count. Events of a topic of " +
        "the schema, or of one in the router's registry, are decoded; JSON and text are shown as such, everything else in base64.",
    )
    .argument(
      "<pattern>",
      "topics; * stands for one token, > for the rest: orders.*.created, orders.>",
    )
    .option("-s, --schema <path>", "schema file or folder, repeatable", collect)
    .option("-c, --config <file>", "config file (default: nexus.config.* here or above)")
    .option("-u, --url <url>", "the router (default: NEXUS_URL, else nexus://127.0.0.1:5673)")
    .option("-n, --count <number>", "end after so many events", parseCount)
    .option("-g, --group <name>", "share the events with the other members of a group")
    .option("--json", "print one JSON value a line")
    .addHelpText(
      "after",
      `
Prints "subscribed <pattern>" on stderr once the router has taken the subscription.

Examples:
  $ nexus subscribe 'orders.*.created'
  $ nexus subscribe 'orders.>' --json --count 10`,
    )
    .action(async (pattern: string, flags: SubscribeFlags) => {
      const { runSubscribe } = await import("../actions/subscribe.ts");
      await runSubscribe(pattern, flags);
    });
}
