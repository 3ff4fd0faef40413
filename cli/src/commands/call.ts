/** `nexus call`: its options and help. */
import { Command } from "commander";
import { collect, parseDurationMs, parsePair } from "../arguments.ts";

export interface CallFlags {
  readonly schema?: readonly string[];
  readonly config?: string;
  readonly url?: string;
  readonly timeout?: number;
  readonly metadata?: readonly (readonly [string, string])[];
  readonly json?: true;
}

export function callCommand(): Command {
  return new Command("call")
    .summary("call a method of a service")
    .description(
      "Calls a method with a request in JSON and prints the reply. The schema is --schema's or " +
        "nexus.config.*'s, else what the router's registry has of the service. A method that takes a stream reads its requests from stdin, one JSON value " +
        "a line; a method that answers with a stream prints each reply as it comes.",
    )
    .argument("<method>", "service/method, for example orders.v1.OrderService/GetOrder")
    .argument("[request]", 'the request as JSON; "-" reads it from stdin (default {})')
    .option("-s, --schema <path>", "schema file or folder, repeatable", collect)
    .option("-c, --config <file>", "config file (default: nexus.config.* here or above)")
    .option("-u, --url <url>", "the router (default: NEXUS_URL, else nexus://127.0.0.1:5673)")
    .option("-t, --timeout <time>", "give up after, for example 500ms or 2s", parseDurationMs)
    .option("-m, --metadata <pair>", "key=value to send along, repeatable", parsePair)
    .option("--json", "print replies and errors as JSON, one a line")
    .addHelpText(
      "after",
      `
Examples:
  $ nexus call orders.v1.OrderService/GetOrder '{"id": "o-1"}'
  $ nexus call OrderService/WatchOrders --json --timeout 5s
  $ printf '{"text":"hello"}\\n{"text":"bye"}\\n' | nexus call OrderService/Chat -`,
    )
    .action(async (method: string, request: string | undefined, flags: CallFlags) => {
      const { runCall } = await import("../actions/call.ts");
      await runCall(method, request, flags);
    });
}
