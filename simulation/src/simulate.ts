/** Runs one seed from the first link to rest, through rough weather and then a calm in which everything must go as planned. */
import type { ClientHost } from "./client-host.ts";
import type { Fault } from "./faults.ts";
import { Random } from "./random.ts";
import { STEPS_MAX } from "./scheduler.ts";
import type { Violation } from "./verdict.ts";
import { roughen } from "./weather.ts";
import { World } from "./world.ts";

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** Equal for two runs that did the same. */
  readonly hash: string;
  readonly steps: number;
  readonly virtualMs: number;
  readonly calls: number;
}

const START_MS = 60_000;
/** Heartbeats find a silent link within three intervals, and what hung on it needs its deadline then. */
const RECOVERY_MS = 150_000;
const CALM_WORK_MS = 1500;
const CALM_MS = 60_000;
const MARGIN_MS = 2000;
const DRAIN_GRACE_MS = 20_000;
const CLOSING_MS = 60_000;

export async function simulate(seed: number, fault?: Fault): Promise<Outcome> {
  const world = new World(seed, fault);
  world.open();
  const isUsable =
    (await reach(world, "the start", () => world.isWhole, START_MS)) &&
    (await rough(world)) &&
    (await calm(world));
  if (isUsable) await close(world);
  const { verdict, trace, scheduler, calls } = world;
  return {
    seed,
    violations: verdict.violations,
    hash: trace.hash,
    steps: scheduler.steps,
    virtualMs: scheduler.now,
    calls: calls.size,
  };
}

async function rough(world: World): Promise<boolean> {
  const { profile, scheduler } = world;
  if (!profile.isRough) return true;
  world.work("rough", profile.roughMs);
  roughen(world, new Random(world.random.int(0, 2 ** 31), "weather"), world.now + profile.roughMs);
  await scheduler.run(() => false, world.now + profile.roughMs);
  return reach(world, "recovery", () => world.isWhole && world.isDone, RECOVERY_MS);
}

async function calm(world: World): Promise<boolean> {
  // What a crash left in the router's queues and on the way is gone by then.
  await world.scheduler.run(() => false, world.now + MARGIN_MS);
  const losses = lossesOf(world);
  world.events.beginCalm();
  world.jobs.beginCalm();
  world.work("calm", CALM_WORK_MS);
  do {
    if (!(await reach(world, "the calm", () => world.isDone, CALM_MS))) return false;
    // What a client has written and not sent yet is seen by nobody: only what stays done is done.
    await world.scheduler.run(() => false, world.now + MARGIN_MS);
  } while (!world.isDone);
  if (lossesOf(world) > losses) world.verdict.broken("link", "a link was lost in the calm");
  world.calls.finish();
  world.events.finish("calm");
  world.jobs.finish(world.router.isFirst);
  checkRest(world);
  return true;
}

/** While nothing is going on, nobody holds anything. */
function checkRest(world: World): void {
  const { stats } = world.router;
  const rest = {
    callsInFlight: stats?.callsInFlight,
    queuedBytes: stats?.queuedBytes,
    creditBytes: stats?.creditBytes,
    slabBytes: stats?.slabBytes,
  };
  if (Object.values(rest).some((value) => value !== 0))
    world.verdict.broken("leak", `the router holds ${JSON.stringify(rest)} at rest`);
  if (!world.isWhole) world.verdict.broken("link", `at rest: ${JSON.stringify(stats)}`);
  for (const client of world.clients) checkClient(world, client);
}

function checkClient({ events, jobs, profile, verdict, clients }: World, client: ClientHost): void {
  const subscriptions = [...events.subscriptions, ...jobs.readers].filter(
    (record) => record.client === client && !record.isOver,
  ).length;
  const services = clients.indexOf(client) < profile.servers ? 1 : 0;
  // A client that published jobs has one lane, for the one priority of them all.
  const streams = (client.link.session?.streams.values().length ?? 0) - subscriptions - services;
  if (streams !== 0 && streams !== 1)
    verdict.broken("leak", `${client.name} has ${streams} streams too many at rest`);
}

async function close(world: World): Promise<void> {
  const { scheduler, clients, verdict, router } = world;
  let open = clients.length;
  const startedAt = world.now;
  for (const client of clients) {
    const isDrained = world.random.chance(0.7);
    const ended = isDrained ? client.link.drain({ graceMs: DRAIN_GRACE_MS }) : client.link.close();
    void ended.then(() => {
      open--;
      if (world.now - startedAt >= DRAIN_GRACE_MS)
        verdict.broken("drain", `${client.name} had nothing to do and used up its grace`);
    });
  }
  const isEmpty = (): boolean => open === 0 && router.stats?.links === 0;
  await reach(world, "the end", isEmpty, CLOSING_MS);
  const { links, services, subscriptions, callsInFlight, queuedBytes, creditBytes, slabBytes } =
    router.stats ?? {};
  const left = {
    links,
    services,
    subscriptions,
    callsInFlight,
    queuedBytes,
    creditBytes,
    slabBytes,
  };
  if (Object.values(left).some((value) => value !== 0))
    verdict.broken("leak", `the router keeps ${JSON.stringify(left)}`);
  router.stop();
  await scheduler.run(() => false, world.now + CLOSING_MS);
  const due = scheduler.pending.map(({ label }) => label);
  if (due.length > 0) verdict.broken("leak", `still due after the end: ${due.join(", ")}`);
}

/** Runs until `isReached`; what takes longer has stopped for good. */
async function reach(
  world: World,
  what: string,
  isReached: () => boolean,
  withinMs: number,
): Promise<boolean> {
  if (await world.scheduler.run(isReached, world.now + withinMs)) return true;
  const { steps } = world.scheduler;
  const why = steps >= STEPS_MAX ? `after ${steps} steps` : `within ${withinMs} ms`;
  const open = world.calls.open().map((record) => world.calls.nameOf(record));
  const stats = JSON.stringify(world.router.stats);
  world.verdict.broken(
    "rest",
    `${what} was not reached ${why}; open: ${open.join(", ")}; ${stats}`,
  );
  return false;
}

const lossesOf = ({ clients }: World): number =>
  clients.reduce((sum, { losses }) => sum + losses, 0);
