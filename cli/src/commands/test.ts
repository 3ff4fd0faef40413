/** `nexus test`: its options and help. */
import { Command, Option } from "commander";
import { collect } from "../arguments.ts";

export interface TestFlags {
  readonly case?: string;
  readonly family?: string;
  readonly level?: string;
  readonly pair?: string;
  readonly matrix?: true;
  readonly trace?: true;
  readonly json?: true;
  readonly list?: true;
  readonly report?: string;
  readonly adapter?: readonly string[];
}

export function testCommand(): Command {
  return new Command("test")
    .summary("judge languages with the conformance suite")
    .description(
      "Plays the conformance suite with each named language, and with every ordered pair of them through the router. " +
        "Shows how far it is, then languages x families and the pairs. Without a language: all there are, " +
        "the router and the suite's own mutants.",
    )
    .argument("[languages...]", "such as node python; router is the router itself")
    .option("--case <id>", "one template, or one case of it")
    .option("--family <name>", "families that begin so: rpc, pubsub.qos")
    .addOption(
      new Option("--level <level>", "the cases of this level and below").choices([
        "core",
        "standard",
        "full",
      ]),
    )
    .option("--pair <client:server>", "one pair of languages alone: python:node")
    .option("--matrix", "without languages: every ordered pair, not only those with node")
    .option("--adapter <file>", "the adapter.json of a language of your own, repeatable", collect)
    .option("--trace", "print the frames of each case that failed")
    .option("--report <folder>", "where the reports are written")
    .option("--list", "print the templates and their clauses, and play nothing")
    .option("--json", "print the counts as one JSON object on stdout")
    .addHelpText(
      "after",
      `
Examples:
  $ nexus test python node
  $ nexus test --matrix
  $ nexus test python --case rpc.unary.sizes --trace
  $ nexus test zig --adapter ./adapter.json --family codec

Exit code 3: not all was played that must be, or nothing.`,
    )
    .action(async (languages: readonly string[], flags: TestFlags) => {
      const { runTest } = await import("../actions/test.ts");
      runTest(languages, flags);
    });
}
