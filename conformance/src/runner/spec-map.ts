/**
 * spec-map.yaml: every MUST of SPEC.md and the templates that judge it, or the reason why none does. It is compared both ways
 * with the specification and with the templates.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { readText, root } from "./checkout.ts";
import type { Template } from "./template.ts";

const specPath = "protocol/SPEC.md";
const path = "conformance/spec-map.yaml";
const SHOWN_MAX = 6;

interface SpecMap {
  /** How many templates name the clause, and the first of them. */
  readonly clauses: Readonly<
    Record<string, { readonly templates: number; readonly first: readonly string[] }>
  >;
  /** A MUST without a case, and why. */
  readonly exempt: Readonly<Record<string, string>>;
}

/** Clauses whose text has MUST, and all clauses there are. */
export function clausesOf(spec: string): {
  readonly all: readonly string[];
  readonly must: readonly string[];
} {
  const all: string[] = [];
  const must: string[] = [];
  let current: string | undefined;
  for (const line of spec.split("\n")) {
    const opened =
      /^- \*\*(WIRE-\d+\.\d+)\*\*/.exec(line)?.[1] ?? /^\| (WIRE-\d+\.\d+) /.exec(line)?.[1];
    if (opened !== undefined) {
      all.push(opened);
      current = opened;
      if (line.startsWith("|")) must.push(opened);
    } else if (!/^\s+\S/.test(line)) current = undefined;
    if (current !== undefined && /\bMUST\b/.test(line) && must.at(-1) !== current)
      must.push(current);
  }
  return { all: [...new Set(all)], must: [...new Set(must)] };
}

function judged(templates: readonly Template[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { id, clauses } of templates)
    for (const clause of clauses)
      if (clause.startsWith("WIRE-")) found.set(clause, [...(found.get(clause) ?? []), id]);
  return found;
}

function readMap(): SpecMap {
  const none: SpecMap = { clauses: {}, exempt: {} };
  return { ...none, ...(parse(readText(path)) as Partial<SpecMap> | null) };
}

const numberOf = (clause: string): number => {
  const [section = "0", number = "0"] = clause.slice("WIRE-".length).split(".");
  return Number(section) * 1000 + Number(number);
};

function mapOf(templates: readonly Template[]): SpecMap["clauses"] {
  return Object.fromEntries(
    [...judged(templates)]
      .sort(([left], [right]) => numberOf(left) - numberOf(right))
      .map(([clause, ids]) => [
        clause,
        { templates: ids.length, first: [...ids].sort().slice(0, SHOWN_MAX) },
      ]),
  );
}

const head =
  "# Clauses of protocol/SPEC.md and the templates that judge them; `exempt` names each MUST without a case and why.\n" +
  "# `--lock` writes `clauses` anew; `exempt` is written by hand.\n";

/** A reason goes as soon as its clause has a case. */
export function writeSpecMap(templates: readonly Template[]): void {
  const clauses = mapOf(templates);
  const exempt = Object.fromEntries(
    Object.entries(readMap().exempt).filter(([clause]) => clauses[clause] === undefined),
  );
  writeFileSync(join(root, path), head + stringify({ clauses, exempt }));
}

export function specProblems(templates: readonly Template[]): readonly string[] {
  const { all, must } = clausesOf(readText(specPath));
  const { clauses, exempt } = readMap();
  const found = mapOf(templates);
  const there = new Set(all);
  return [
    ...must
      .filter((clause) => found[clause] === undefined && exempt[clause] === undefined)
      .map((clause) => `${clause} is a MUST without a case; add one, or a reason to spec-map.yaml`),
    ...Object.keys(exempt)
      .filter((clause) => found[clause] !== undefined || !there.has(clause))
      .map((clause) => `spec-map.yaml exempts ${clause}, which has a case or is not in SPEC.md`),
    ...Object.keys(found)
      .filter((clause) => !there.has(clause))
      .map((clause) => `${clause} is named by ${found[clause]?.first[0]} and is not in SPEC.md`),
    ...(JSON.stringify(clauses) === JSON.stringify(found)
      ? []
      : ["spec-map.yaml is not what the templates say; write it with --lock"]),
  ];
}
