/**
 * Attackers as processes beside honest clients of the same router: what it may cost the others, and what it may cost at all.
 * Judged are counts and memory; how long calls took is told, since that is the machine's as well.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AttackedRouter, startAttack, startAttackedRouter } from "./child.ts";
import { type Control, startControl } from "./control.ts";
import type { RouterReport } from "./router-program.ts";
import { type Group, groups, MORE_MIB_MAX, type Row } from "./rows.ts";

const ON_THE_WAY_MAX = 50;
const ROW_MS = 60_000;
/** Calls that the honest client must have got answers to beside all attacks of a group. */
const CALLS_MIN = 100;

/** Defines the tests of the rows that `isWanted` names. */
export function hostileSuite(isWanted: (row: Row) => boolean): void {
  describe.each(Object.entries(groups))("honest clients are served, %s, beside", (_name, group) =>
    defineGroup(group, isWanted),
  );
}

function defineGroup({ limits, rows }: Group, isWanted: (row: Row) => boolean): void {
  const figures: Record<string, string | number>[] = [];
  let router: AttackedRouter;
  let control: Control;

  beforeAll(async () => {
    router = await startAttackedRouter(limits);
    control = await startControl(router.url);
  });

  afterAll(async () => {
    console.table(figures);
    await router.stop();
  });

  const wanted = Object.entries(rows).filter(([, row]) => isWanted(row));
  test.each(wanted)(
    "%s",
    async (_name, row) => {
      figures.push(await attack(router, control, row));
    },
    ROW_MS,
  );

  test("all of it, with no event lost", async () => {
    const { calls, failed, published, received, gaps } = await control.finish();
    expect(calls).toBeGreaterThan(CALLS_MIN);
    expect(failed).toEqual([]);
    expect([received, gaps]).toEqual([published, 0]);
  });
}

async function attack(router: AttackedRouter, control: Control, row: Row) {
  const { hit, ends, sentBytesMin = 0, botheredMax = 0, residentMibMax = MORE_MIB_MAX } = row;
  const before = await router.report();
  const strangeCalls = control.handled - control.calls;
  control.takeP99Ms();
  const attackers = await startAttack(row.attack, router.port);
  await control.answered();
  const after = await router.until((now) => isThrough(ends, before, now));
  await attackers.end();
  await control.answered();
  await router.until(({ links }) => links === before.links);
  const heldMib = mib(after.heldKib - before.heldKib);
  const residentMib = mib(after.residentKibMax - before.residentKib);
  expect(attackers.evidence).toMatchObject(hit);
  expect(attackers.evidence.sentBytes ?? 0).toBeGreaterThanOrEqual(sentBytesMin);
  // Calls of its own that are on their way are no strangers'.
  const bothered = control.handled - control.calls - strangeCalls - ON_THE_WAY_MAX;
  expect(bothered).toBeLessThanOrEqual(botheredMax);
  expect(control.failed).toEqual([]);
  expect(after.failures).toEqual([]);
  expect(heldMib).toBeLessThan(MORE_MIB_MAX);
  expect(residentMib).toBeLessThan(residentMibMax);
  expect(router.isRunning).toBe(true);
  return {
    attack: row.attack,
    "held MiB more": heldMib,
    "resident MiB more": residentMib,
    "p99 ms beside": Math.round(control.takeP99Ms()),
  };
}

function isThrough(ends: Row["ends"], before: RouterReport, now: RouterReport): boolean {
  return Object.entries(ends ?? {}).every(
    ([code, links]) =>
      (now.closed[Number(code)] ?? 0) - (before.closed[Number(code)] ?? 0) >= links,
  );
}

const mib = (kib: number): number => Math.round(kib / 102.4) / 10;
