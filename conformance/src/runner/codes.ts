/** Numbers of codes, reasons and link codes by name, from the one table that every language gets them from. */
import { readText } from "./checkout.ts";

interface Row {
  readonly name: string;
  readonly number: number;
}

interface Table {
  readonly codes: readonly Row[];
  readonly reasons: readonly Row[];
  readonly linkCodes: readonly Row[];
}

const table = JSON.parse(readText("schema/errors/errors.json")) as Table;

const byName = (rows: readonly Row[]): Readonly<Record<string, number>> =>
  Object.fromEntries(rows.map(({ name, number }) => [name, number]));

export const codes: Readonly<Record<string, number>> = byName(table.codes);
export const reasons: Readonly<Record<string, number>> = byName(table.reasons);
export const linkCodes: Readonly<Record<string, number>> = byName(table.linkCodes);
