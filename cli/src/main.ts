/**
 * The `nexus` command: builds the command tree, runs one command and turns what it throws into text on stderr and an
 * exit code. The work itself is in `actions/`, imported only when it is wanted.
 */
import { Command, CommanderError } from "commander";
import { callCommand } from "./commands/call.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { generateCommand } from "./commands/generate.ts";
import { initCommand } from "./commands/init.ts";
import { publishCommand } from "./commands/publish.ts";
import { schemaCommand } from "./commands/schema.ts";
import { startCommand } from "./commands/start.ts";
import { subscribeCommand } from "./commands/subscribe.ts";
import { testCommand } from "./commands/test.ts";
import { Failure, SilentFailure } from "./failure.ts";
import { note } from "./output.ts";
import { packageVersion } from "./package-folder.ts";

/** Runs the CLI with the arguments after the program's name; sets `process.exitCode` and never throws. */
export async function main(commandLine: readonly string[]): Promise<void> {
  const program = buildProgram();
  // Where the reader of the output is gone (`nexus subscribe ... | head`) there is nobody to tell.
  process.stdout.on("error", (error: Error & { readonly code?: string }) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  if (commandLine.length === 0) {
    program.outputHelp();
    return;
  }
  try {
    await program.parseAsync([...commandLine], { from: "user" });
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** The command tree; exported for the test that keeps its help. */
export function buildProgram(): Command {
  const program = new Command("nexus")
    .description("One schema in, typed adapters out, one router between them.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .showSuggestionAfterError(true)
    .showHelpAfterError('(run "nexus --help" for the commands)')
    .addHelpText("after", footer)
    // A subcommand may have a --version of its own.
    .enablePositionalOptions()
    .exitOverride();
  const commands = [
    initCommand(),
    generateCommand(),
    startCommand(),
    callCommand(),
    publishCommand(),
    subscribeCommand(),
    schemaCommand(),
    testCommand(),
    doctorCommand(),
  ];
  for (const command of commands) {
    program.addCommand(
      command
        .helpOption("-h, --help", "show help")
        .showHelpAfterError(`(run "nexus ${command.name()} --help" for its options)`)
        .addHelpText("after", "\nExit codes: 0 done, 1 the work failed, 2 wrong usage.")
        .exitOverride(),
    );
  }
  return program;
}

const footer = `
Exit codes:
  0  done
  1  the work failed; stderr says why and what to do
  2  the command was used wrongly

Environment:
  NEXUS_URL    the router for call, publish, subscribe and schema (default nexus://127.0.0.1:5673)
  NEXUS_DEBUG  set to 1, prints stack traces of unexpected errors`;

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof SilentFailure) return error.exitCode;
  const isDebugging = (process.env.NEXUS_DEBUG ?? "") !== "";
  const message = error instanceof Error ? error.message : String(error);
  const hint =
    error instanceof Failure || isDebugging ? "" : "\n  set NEXUS_DEBUG=1 for a stack trace";
  note(`nexus: ${message}${hint}`);
  if (isDebugging && error instanceof Error) note(error.stack ?? "");
  return error instanceof Failure ? error.exitCode : 1;
}
