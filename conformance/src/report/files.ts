/** The reports of a run: every result as a line, the counts, JUnit's XML, and the page for people. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type KnownFailure, statusOf } from "../runner/known.ts";
import type { Result } from "../runner/schedule.ts";
import type { Summary } from "../runner/summary.ts";
import { page } from "./page.ts";

export interface Report {
  readonly summary: Summary;
  readonly results: readonly Result[];
  readonly known: readonly KnownFailure[];
  readonly problems: readonly string[];
}

const escaped = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML cannot hold them.
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "?");

function lineOf({ results, known }: Report): readonly string[] {
  return results.map((result) =>
    JSON.stringify({
      who: result.who,
      case: result.case.id,
      family: result.case.template.family,
      clauses: result.case.template.clauses,
      status: statusOf(result, known),
      milliseconds: Math.round(result.outcome.milliseconds),
      ...(result.outcome.passed
        ? {}
        : {
            step: result.outcome.step,
            message: result.outcome.message,
            transcript: result.outcome.transcript,
          }),
    }),
  );
}

export function junit({ results, known }: Report): string {
  const suites = new Map<string, Result[]>();
  for (const result of results) {
    const name = `${result.who}.${result.case.template.family}`;
    suites.set(name, [...(suites.get(name) ?? []), result]);
  }
  const body = [...suites].map(([name, own]) => {
    const failures = own.filter((result) => statusOf(result, known) === "failed").length;
    const cases = own.map((result) => caseXml(result, known)).join("\n");
    return `<testsuite name="${escaped(name)}" tests="${own.length}" failures="${failures}">\n${cases}\n</testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${body.join("\n")}\n</testsuites>\n`;
}

function caseXml(result: Result, known: readonly KnownFailure[]): string {
  const { outcome, who } = result;
  const head = `<testcase classname="${escaped(who)}" name="${escaped(result.case.id)}" time="${(outcome.milliseconds / 1000).toFixed(3)}"`;
  const status = statusOf(result, known);
  if (status === "passed") return `${head}/>`;
  const text = escaped(outcome.message);
  if (status === "knownFailing") return `${head}><skipped message="known: ${text}"/></testcase>`;
  return `${head}><failure message="${text}"/></testcase>`;
}

export function writeReport(folder: string, report: Report): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write("results.jsonl", `${lineOf(report).join("\n")}\n`);
  write("summary.json", `${JSON.stringify(report.summary, null, 2)}\n`);
  write("junit.xml", junit(report));
  write("index.html", page(report));
}
