/** `nexus start`: its options and help. */
import { Command, Option } from "commander";
import { collect } from "../arguments.ts";

export interface StartFlags {
  readonly listen?: readonly string[];
  readonly logFormat: "text" | "json";
}

export function startCommand(): Command {
  return new Command("start")
    .summary("run the router")
    .description(
      "Runs the router until Ctrl-C or SIGTERM; then it drains: calls in flight may finish. " +
        "A second signal ends it at once.",
    )
    .option(
      "--listen <url>",
      "where to listen, repeatable: tcp://127.0.0.1:5673 (the default), " +
        "tcp://[::1]:0, unix:///run/nexus.sock",
      collect,
    )
    .addOption(
      new Option("--log-format <format>", "how events are logged to stderr")
        .choices(["text", "json"])
        .default("text"),
    )
    .addHelpText(
      "after",
      `
Prints "listening <address>" on stdout for every address.

Examples:
  $ nexus start
  $ nexus start --listen tcp://127.0.0.1:6000 --listen unix:///tmp/nexus.sock
  $ nexus start --log-format json 2>router.log`,
    )
    .action(async (flags: StartFlags) => {
      const { runStart } = await import("../actions/start.ts");
      await runStart(flags);
    });
}
