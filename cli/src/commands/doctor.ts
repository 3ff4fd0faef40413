/** `nexus doctor`: its options and help. */
import { Command } from "commander";

export interface DoctorFlags {
  readonly url?: string;
  readonly json?: true;
}

export function doctorCommand(): Command {
  return new Command("doctor")
    .summary("show what is installed and whether a router answers")
    .description(
      "Shows for every language which tools are installed, which are missing and what installs them, " +
        "and whether a router answers. Exits 1 where a tool of Nexus itself is missing; a language that " +
        "cannot be used and a router that is not there are only reported.",
    )
    .option("-u, --url <url>", "the router (default: NEXUS_URL, else nexus://127.0.0.1:5673)")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ nexus doctor
  $ nexus doctor --json --url nexus://127.0.0.1:6000`,
    )
    .action(async (flags: DoctorFlags) => {
      const { runDoctor } = await import("../actions/doctor.ts");
      await runDoctor(flags);
    });
}
