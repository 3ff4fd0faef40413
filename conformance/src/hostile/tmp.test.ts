/** Attackers as processes beside honest clients of the same router: what it may cost the others, and what it may cost at all. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AttackedRouter, type Evidence, startAttack, startAttackedRouter } from "./child.ts";
import { type Control, startControl } from "./control.ts";
import type { RouterReport } from "./router-program.ts";

/** What an attack may make the router hold. */
const HELD_KIB_MAX = 64 * 1024;
/** The same with what V8 has not collected yet: it lets a heap grow before it looks. */
const RESIDENT_KIB_MAX = 160 * 1024;
const MIB = 1024 * 1024;
const ON_THE_WAY_MAX = 50;
/** Calls that grant 64 KiB each, until the link's credit is used up. */
const CREDITED_CALLS = 128;
/** Two bursts of 200, and 50 a second for as long as it may take. */
const RESETS_MAX = 1_000;

/** Shorter times and a smaller credit than the defaults, so that the router need not be waited for. */
const limits = {
  helloTimeoutMs: 600,
  heartbeatMs: 800,
  writeStallMs: 1_000,
};

let router: AttackedRouter;
let control: Control;

beforeAll(async () => {
  router = await startAttackedRouter(limits);
  control = await startControl(router.url);
});

afterAll(() => router.stop());

interface Row {
  readonly attack: string;
  /** What the attacker must have seen: an attack that did not hit proves nothing. */
  readonly hit: Evidence;
  /** How many links the router must have ended with which code before it is through. */
  readonly ends?: Readonly<Record<number, number>>;
  /** The least that the attacker must have sent. */
  readonly sentBytesMin?: number;
  /** The most calls of the attacker that the honest provider may have been bothered with. */
  readonly botheredMax?: number;
}

function isThrough(ends: Row["ends"], before: RouterReport, now: RouterReport): boolean {
  return Object.entries(ends ?? {}).every(
    ([code, links]) =>
      (now.closed[Number(code)] ?? 0) - (before.closed[Number(code)] ?? 0) >= links,
  );
}

async function run({ attack, hit, ends, sentBytesMin = 0, botheredMax = 0 }: Row): Promise<void> {
  const before = await router.report();
  const strangeCalls = control.handled - control.calls;
  const attackers = await startAttack(attack, router.port);
  await control.answered();
  const after = await router.until((now) => isThrough(ends, before, now));
  console.log(`MEM ${attack} held +${((after.heldKib - before.heldKib) / 1024).toFixed(1)} resident +${((after.residentKibMax - before.residentKibMax) / 1024).toFixed(1)} of ${(before.residentKibMax / 1024).toFixed(0)}`);
  await attackers.end();
  await control.answered();
  await router.until(({ links }) => links === before.links);
  expect(attackers.evidence).toMatchObject(hit);
  expect(attackers.evidence.sentBytes ?? 0).toBeGreaterThanOrEqual(sentBytesMin);
  // Calls of its own that are on their way are no strangers'.
  const bothered = control.handled - control.calls - strangeCalls - ON_THE_WAY_MAX;
  expect(bothered).toBeLessThanOrEqual(botheredMax);
  expect(control.failed).toEqual([]);
  expect(after.failures).toEqual([]);
  expect(after.heldKib - before.heldKib).toBeLessThan(HELD_KIB_MAX);
  expect(after.residentKibMax - before.residentKibMax).toBeLessThan(RESIDENT_KIB_MAX);
  expect(router.isRunning).toBe(true);
}

const rows: Readonly<Record<string, Row>> = {
  "malformed frames": { attack: "malformed", hit: { sent: 1_000 }, ends: { 259: 250 } },
  "lengths that are declared and never come": {
    attack: "length-bomb",
    hit: { refused: 50, held: 300 },
    ends: { 258: 50 },
  },
  "greetings of one byte at a time": {
    attack: "slow-loris",
    hit: { links: 200, ended: 200 },
    ends: { 265: 200 },
  },
  "more unauthenticated links than are greeted": {
    attack: "many-unauthenticated",
    hit: { links: 1_500, ended: 1_500 },
    ends: { 265: 1_000 },
  },
  "large WebSocket messages before the greeting": {
    attack: "unauthenticated-messages",
    hit: { links: 200, ended: 200 },
  },
  "peers that fall silent": {
    attack: "half-open",
    hit: { links: 100 },
    ends: { 266: 100 },
  },
  "a subscriber that never reads": {
    attack: "subscriber",
    hit: {},
    sentBytesMin: 125 * MIB,
    ends: { 272: 1 },
  },
  "a caller that never reads": {
    attack: "caller",
    hit: {},
    sentBytesMin: 6 * MIB,
    ends: { 272: 1 },
  },
  "tiny messages to a caller that never reads": {
    attack: "tiny-messages",
    hit: { streams: 0 },
    ends: { 272: 1 },
  },
  "frames that do nothing": {
    attack: "idle-frames",
    hit: { links: 10, limited: 10 },
    ends: { 271: 10 },
  },
  "rapid reset": {
    attack: "rapid-reset",
    hit: { lives: 1, limited: 0x10f },
    botheredMax: RESETS_MAX,
  },
  "calls that the router is made to reset": {
    attack: "made-you-reset",
    hit: { opened: 4_000, lives: 1 },
    botheredMax: RESETS_MAX,
  },
  "aliases without end": {
    attack: "aliases",
    hit: { bound: 4_096, tooMany: 0x10e, tooLong: 0x10e },
  },
  "streams without end": {
    attack: "streams",
    hit: { opened: 12_000, hanging: CREDITED_CALLS, reused: 0x101 },
  },
  "subscriptions without end": {
    attack: "subscriptions",
    hit: { opened: 10_100, refused: 100, lives: 1 },
  },
  "registrations without end": { attack: "registrations", hit: { opened: 50, refused: 40 } },
  "wildcards wherever they may stand": {
    attack: "wildcards",
    hit: { subscribed: 4_000, published: 500 },
  },
};

describe("honest clients are served, within bounded memory, beside", () => {
  test.each(Object.entries(rows))("%s", (_name, row) => run(row), 40_000);

  test("all of it, with no event lost", async () => {
    const { calls, failed, published, received, gaps } = await control.finish();
    expect(calls).toBeGreaterThan(1_000);
    expect(failed).toEqual([]);
    expect([received, gaps]).toEqual([published, 0]);
  });
});
