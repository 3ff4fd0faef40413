/** `nexus publish`: its options and help. */
import { Command } from "commander";
import { collect, parseDurationMs, parsePair, parseQos } from "../arguments.ts";

export interface PublishFlags {
  readonly schema?: readonly string[];
  readonly config?: string;
  readonly url?: string;
  readonly timeout?: number;
  readonly metadata?: readonly (readonly [string, string])[];
  readonly qos?: 0 | 1;
  readonly retain?: true;
  readonly clear?: true;
  readonly key?: string;
  readonly ttl?: number;
  readonly json?: true;
}

export function publishCommand(): Command {
  return new Command("publish")
    .summary("publish a message to a topic")
    .description(
      "Publishes one message. Where a topic of the schema, or of the router's registry, matches, the JSON is checked against its " +
        "message and sent encoded, fields that are part of the topic are filled in, and what the schema " +
        "says of QoS, retained values, ordering key and time to live holds; otherwise the JSON is sent as it " +
        "is, as application/json, at QoS 0. At QoS 1 it waits until the router holds the message, and prints " +
        "its position, <epoch>:<sequence>.",
    )
    .argument("<topic>", "for example orders.eu.created")
    .argument("[message]", 'the message as JSON; "-" reads it from stdin (default {})')
    .option("-s, --schema <path>", "schema file or folder, repeatable", collect)
    .option("-c, --config <file>", "config file (default: nexus.config.* here or above)")
    .option("-u, --url <url>", "the router (default: NEXUS_URL, else nexus://127.0.0.1:5673)")
    .option(
      "-t, --timeout <time>",
      "give up after, for example 500ms or 2s (default: 30s)",
      parseDurationMs,
    )
    .option("-m, --metadata <pair>", "key=value to send along, repeatable", parsePair)
    .option(
      "-q, --qos <0|1>",
      "at most once or at least once (default: the schema's, else 0)",
      parseQos,
    )
    .option("--retain", "make it the topic's retained value (default: as the schema says)")
    .option("--clear", "remove the topic's retained value; takes no message")
    .option("-k, --key <text>", "ordering key (default: the field that the schema names)")
    .option(
      "--ttl <time>",
      "when nobody wants it any more (default: the schema's)",
      parseDurationMs,
    )
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ nexus publish orders.eu.created '{"orderId": "o-1"}'
  $ echo '{"level": 3}' | nexus publish plant.tank.level -
  $ nexus publish plant.tank.state '{"open": true}' --qos 1 --retain
  $ nexus publish plant.tank.state --clear`,
    )
    .action(async (topic: string, message: string | undefined, flags: PublishFlags) => {
      const { runPublish } = await import("../actions/publish.ts");
      await runPublish(topic, message, flags);
    });
}
