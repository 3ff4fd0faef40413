/** `nexus publish`: its options and help. */
import { Command } from "commander";
import { collect, parseDurationMs, parsePair } from "../arguments.ts";

export interface PublishFlags {
  readonly schema?: readonly string[];
  readonly config?: string;
  readonly url?: string;
  readonly timeout?: number;
  readonly metadata?: readonly (readonly [string, string])[];
  readonly json?: true;
}

export function publishCommand(): Command {
  return new Command("publish")
    .summary("publish a message to a topic")
    .description(
      "Publishes one message. Where a topic of the schema, or of the router's registry, matches, the JSON is checked against its " +
        "message and sent encoded, and fields that are part of the topic are filled in; otherwise the " +
        "JSON is sent as it is, as application/json.",
    )
    .argument("<topic>", "for example orders.eu.created")
    .argument("[message]", 'the message as JSON; "-" reads it from stdin (default {})')
    .option("-s, --schema <path>", "schema file or folder, repeatable", collect)
    .option("-c, --config <file>", "config file (default: nexus.config.* here or above)")
    .option("-u, --url <url>", "the router (default: NEXUS_URL, else nexus://127.0.0.1:5673)")
    .option("-t, --timeout <time>", "give up after, for example 500ms or 2s", parseDurationMs)
    .option("-m, --metadata <pair>", "key=value to send along, repeatable", parsePair)
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ nexus publish orders.eu.created '{"orderId": "o-1"}'
  $ echo '{"level": 3}' | nexus publish plant.tank.level -`,
    )
    .action(async (topic: string, message: string | undefined, flags: PublishFlags) => {
      const { runPublish } = await import("../actions/publish.ts");
      await runPublish(topic, message, flags);
    });
}
