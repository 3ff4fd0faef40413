/**
 * requirements/1.0.yaml: how many cases each language must have played, and a digest of their ids by family. A case that is
 * lost, renamed or added without saying so fails the run.
 */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { readText, root } from "./checkout.ts";
import type { Plan } from "./schedule.ts";

const path = "conformance/requirements/1.0.yaml";

interface FamilyLock {
  readonly cases: number;
  readonly ids: string;
}

interface Lock {
  readonly templates: number;
  readonly executed: number;
  readonly families: Readonly<Record<string, FamilyLock>>;
}

export type Locks = Readonly<Record<string, Lock>>;

export function lockOf(plan: Plan): Lock {
  const families = new Map<string, string[]>();
  for (const { id, template } of plan.cases)
    families.set(template.family, [...(families.get(template.family) ?? []), id]);
  const digest = (ids: readonly string[]): string =>
    createHash("sha256")
      .update([...ids].sort().join("\n"))
      .digest("hex")
      .slice(0, 16);
  return {
    templates: new Set(plan.cases.map(({ template }) => template.id)).size,
    executed: plan.cases.length,
    families: Object.fromEntries(
      [...families]
        .sort(([left], [right]) => (left < right ? -1 : 1))
        .map(([family, ids]) => [family, { cases: ids.length, ids: digest(ids) }]),
    ),
  };
}

export function readLocks(): Locks {
  return (parse(readText(path)) as Locks | null) ?? {};
}

const head =
  "# What each language and pair must play: counts, and a digest of the ids of each family. `--lock` writes it anew.\n";

export function writeLocks(plans: readonly Plan[]): void {
  const locks = Object.fromEntries(plans.map((plan) => [plan.who, lockOf(plan)]));
  writeFileSync(join(root, path), head + stringify({ ...readLocks(), ...locks }));
}

/** Where what would be played is not what is locked. */
export function lockProblems(plan: Plan, locks: Locks): readonly string[] {
  const locked = locks[plan.who];
  const found = lockOf(plan);
  if (locked === undefined)
    return [`requirements/1.0.yaml does not name ${plan.who}; --lock adds it`];
  const families = new Set([...Object.keys(locked.families), ...Object.keys(found.families)]);
  return [...families].flatMap((family) => {
    const before = locked.families[family];
    const now = found.families[family];
    if (before?.ids === now?.ids && before?.cases === now?.cases) return [];
    return [
      `${plan.who} ${family}: ${now?.cases ?? 0} cases, ${before?.cases ?? 0} are locked${
        before?.cases === now?.cases ? " under other ids" : ""
      }; if that is meant, write the lock with --lock`,
    ];
  });
}
