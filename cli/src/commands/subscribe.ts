/** `nexus subscribe`: its options and help. */
import { Command } from "commander";
import {
  collect,
  parseCount,
  parseDurationMs,
  parseQos,
  parseStart,
  type Start,
} from "../arguments.ts";

export interface SubscribeFlags {
  readonly schema?: readonly string[];
  readonly config?: string;
  readonly url?: string;
  readonly count?: number;
  readonly group?: string;
  readonly qos?: 0 | 1;
  readonly start?: Start;
  readonly consumer?: string;
  readonly expiry?: number;
  readonly json?: true;
}

export function subscribeCommand(): Command {
  return new Command("subscribe")
    .summary("print what is published")
    .description(
      "Prints events and gaps of the topics that match, until Ctrl-C or --count. Events of a topic of " +
        "the schema, or of one in the router's registry, are decoded; JSON and text are shown as such, everything else in base64. " +
        "Retained values, redeliveries and dead letters are marked. At QoS 1 an event is acknowledged once it is printed; " +
        "publishers never wait for this command, it gets a gap instead.",
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
    .option(
      "-q, --qos <0|1>",
      "at most once or at least once (default: 1 with --consumer, else 0)",
      parseQos,
    )
    .option(
      "--start <where>",
      "latest, earliest, an age such as 10m, or a position of one topic, <epoch>:<sequence> (default: latest)",
      parseStart,
    )
    .option(
      "--consumer <name>",
      "go on where the consumer of this name was, and leave its place with the router",
    )
    .option(
      "--expiry <time>",
      "how long the router keeps the place of --consumer (default: 5m)",
      parseDurationMs,
    )
    .option("--json", "print one JSON value a line")
    .addHelpText(
      "after",
      `
Prints "subscribed <pattern>" on stderr once the router has taken the subscription.

Examples:
  $ nexus subscribe 'orders.*.created'
  $ nexus subscribe 'orders.>' --json --count 10
  $ nexus subscribe 'orders.>' --start 10m           what was kept in the last 10 minutes, then what comes
  $ nexus subscribe 'orders.>' --consumer night      again later: what came in between
  $ nexus subscribe '$dead.>' --start earliest       messages that nobody could handle`,
    )
    .action(async (pattern: string, flags: SubscribeFlags) => {
      const { runSubscribe } = await import("../actions/subscribe.ts");
      await runSubscribe(pattern, flags);
    });
}
