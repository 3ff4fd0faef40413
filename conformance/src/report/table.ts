/** What a person sees at the end: languages x families, then the pairs. A cell is passed/executed; what is known to fail is marked. */
import { type KnownFailure, statusOf } from "../runner/known.ts";
import type { Result } from "../runner/schedule.ts";
import type { Summary } from "../runner/summary.ts";

interface Cell {
  passed: number;
  known: number;
  executed: number;
}

export interface Counted {
  readonly summary: Summary;
  readonly results: readonly Result[];
  readonly known: readonly KnownFailure[];
}

const NOTHING = ".";

export function table(run: Counted): string {
  const { languages, pairs } = run.summary;
  const who = Object.keys(languages);
  const cells = cellsOf(run);
  const families = [...new Set([...cells.keys()].map((key) => key.split(" ")[1] ?? ""))].sort();
  const rows = families.map((family) => [
    family,
    ...who.map((name) => cellText(cells.get(`${name} ${family}`))),
  ]);
  const totals = who.map((name) => {
    const { executed = 0, passed = 0, knownFailing: known = 0 } = languages[name] ?? {};
    return executed === 0 ? "not run" : cellText({ executed, passed, known });
  });
  const own = who.length === 0 ? [] : aligned([["", ...who], ...rows, ["all", ...totals]]);
  const between = Object.entries(pairs).map(([pair, { executed, failed }]) => {
    const [client = "", server = ""] = pair.split(":");
    return [
      `${client} calls ${server}`,
      `${executed - failed}/${executed}${failed ? " FAILED" : ""}`,
    ];
  });
  const gap = own.length > 0 && between.length > 0 ? [""] : [];
  return [...own, ...gap, ...aligned(between)].join("\n");
}

function cellsOf({ results, known }: Counted): ReadonlyMap<string, Cell> {
  const cells = new Map<string, Cell>();
  for (const result of results) {
    if (result.who.includes(":")) continue;
    const key = `${result.who} ${result.case.template.family}`;
    const cell = cells.get(key) ?? { passed: 0, known: 0, executed: 0 };
    const status = statusOf(result, known);
    cell.executed += 1;
    if (status === "passed") cell.passed += 1;
    if (status === "knownFailing") cell.known += 1;
    cells.set(key, cell);
  }
  return cells;
}

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return NOTHING;
  const { passed, known, executed } = cell;
  const failed = executed - passed - known;
  return `${passed}/${executed}${known > 0 ? ` (${known} known)` : ""}${failed > 0 ? " FAILED" : ""}`;
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((text, column) => {
      widths[column] = Math.max(widths[column] ?? 0, text.length);
    });
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
