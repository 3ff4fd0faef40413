/** The table of what called what: a row for each caller and provider, a column for each call, times in milliseconds. */
import type { Measure } from "./example.ts";

const absent = "-";

function pad(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => {
      const width = widths[column] ?? 0;
      return column < 1 ? cell.padEnd(width) : cell.padStart(width);
    })
    .join("  ")
    .trimEnd();
}

export function table(
  measures: readonly Measure[],
  languages: readonly string[],
  titleOf: (language: string) => string,
): string {
  const calls = [...new Set(measures.filter(({ ms }) => ms !== undefined).map(({ call }) => call))];
  const times = new Map(
    measures.flatMap(({ caller, provider, call, ms }) =>
      ms === undefined ? [] : [[`${caller} ${provider} ${call}`, ms.toFixed(1)] as const],
    ),
  );
  const rows = languages.flatMap((caller) =>
    languages.map((provider) => [
      `${titleOf(caller)} -> ${titleOf(provider)}`,
      ...calls.map((call) => times.get(`${caller} ${provider} ${call}`) ?? absent),
    ]),
  );
  const head = ["caller -> provider (ms)", ...calls];
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [pad(head, widths), rule, ...rows.map((row) => pad(row, widths))].join("\n");
}

/** What went wrong and what never happened, one line each; empty when every caller reached every provider. */
export function failures(
  measures: readonly Measure[],
  languages: readonly string[],
): readonly string[] {
  const said = measures.flatMap(({ caller, call, provider, error }) =>
    error === undefined ? [] : [`${caller} -> ${provider ?? "any"}, ${call}: ${error}`],
  );
  const reached = new Set(
    measures.flatMap(({ caller, provider, ms }) =>
      ms === undefined ? [] : `${caller} ${provider}`,
    ),
  );
  const silent = languages.flatMap((caller) =>
    languages
      .filter((provider) => !reached.has(`${caller} ${provider}`))
      .map((provider) => `${caller} -> ${provider}: no call succeeded`),
  );
  return [...said, ...silent];
}
