/** `nexus start`: its options and help. */
import { Command, Option } from "commander";
import { collect, parseOrigin } from "../arguments.ts";

export interface StartFlags {
  readonly config?: string;
  readonly listen?: readonly string[];
  readonly admin?: string;
  readonly allowOrigin?: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly allowPlaintext?: boolean;
  readonly schema?: readonly string[];
  readonly registry?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
  readonly printConfig?: boolean;
}

export function startCommand(): Command {
  return new Command("start")
    .summary("run the router")
    .description(
      "Runs the router until Ctrl-C or SIGTERM; then it drains: calls in flight may finish. " +
        "A second signal ends it at once. SIGHUP reads the configuration again: " +
        "what is wrong is refused and the old one kept. Flags win over NEXUS_* variables, " +
        "and those over the file.",
    )
    .option("-c, --config <file>", "configuration (default: router.yaml here, if there is one)")
    .option(
      "--listen <url>",
      "where to listen, repeatable: tcp://127.0.0.1:5673 (the default), " +
        "tcp://[::1]:0, unix:///run/nexus.sock",
      collect,
    )
    .option(
      "--admin <address>",
      "serve /healthz, /readyz, /metrics and /trace there, on loopback only: 127.0.0.1:5674",
    )
    .option("--tls-cert <file>", "certificate and chain in PEM: TLS 1.3 on every TCP port")
    .option("--tls-key <file>", "its private key in PEM")
    .option("--allow-plaintext", "beside TLS, also take links without it")
    .option(
      "--allow-origin <origin>",
      "let web pages of this origin connect, repeatable: http://localhost:5173",
      parseOrigin,
    )
    .option(
      "--schema <path>",
      "schema file or folder that the registry knows from the start, repeatable",
      collect,
    )
    .option("--registry <folder>", "keep the schemas that are pushed there (default: in memory)")
    .addOption(
      new Option("--log-level <level>", "what is logged (default: info)").choices([
        "debug",
        "info",
        "warn",
        "error",
      ]),
    )
    .addOption(
      new Option("--log-format <format>", "how it is logged to stderr (default: text)").choices([
        "text",
        "json",
      ]),
    )
    .option("--print-config", "print the configuration that would hold, and end")
    .addHelpText(
      "after",
      `
Prints "listening <address>" on stdout for every address, and "admin <url>".

Examples:
  $ nexus start
  $ nexus start --listen tcp://127.0.0.1:6000 --listen unix:///tmp/nexus.sock
  $ nexus start --allow-origin http://localhost:5173   for a page, which takes ws://127.0.0.1:5673
  $ nexus start --admin 127.0.0.1:5674                 then: curl http://127.0.0.1:5674/metrics
  $ nexus start --config router.yaml --print-config    is it right, and what will hold?
  $ nexus start --log-format json 2>router.log`,
    )
    .action(async (flags: StartFlags) => {
      const { runStart } = await import("../actions/start.ts");
      await runStart(flags);
    });
}
