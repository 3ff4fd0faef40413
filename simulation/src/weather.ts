/** What goes wrong in the rough part of a simulation: links break, stall and fall silent, processes crash and come back. */
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

const MISHAP_MS = [100, 1500] as const;
const DOWN_MS = [10, 1500] as const;
const STALL_MS = [50, 4000] as const;
const DRAIN_GRACE_MS = [0, 2000] as const;

type Mishap = (world: World, random: Random) => void;

const cut: Mishap = (world, random) => random.pick(world.clients).end?.cut();
const silence: Mishap = (world, random) => random.pick(world.clients).end?.silence();
const stall: Mishap = (world, random) => {
  const end = random.pick(world.clients).end;
  const stalled = random.chance(0.5) ? end : end?.peer;
  stalled?.stall(random.between(...STALL_MS));
};
const unreachable: Mishap = (world, random) => {
  const client = random.pick(world.clients);
  client.isReachable = false;
  client.end?.silence();
  world.after(random.between(...DOWN_MS), "reachable", () => {
    client.isReachable = true;
  });
};
const crashClient: Mishap = (world, random) => {
  const at = random.int(0, world.clients.length - 1);
  world.crashClient(at, random.chance(0.3), random.between(...DOWN_MS));
};
const crashRouter: Mishap = (world, random) => {
  if (!world.router.isUp) return;
  world.router.crash(random.chance(0.2));
  world.after(random.between(...DOWN_MS), "router restart", () => world.router.start());
};
const drainRouter: Mishap = (world, random) => {
  if (!world.router.isUp) return;
  const downMs = random.between(...DOWN_MS);
  void world.router
    .drain(random.between(...DRAIN_GRACE_MS))
    .then(() => world.after(downMs, "router restart", () => world.router.start()));
};

const mishaps: readonly Mishap[] = [
  cut,
  cut,
  cut,
  silence,
  stall,
  stall,
  stall,
  unreachable,
  crashClient,
  crashClient,
  crashRouter,
  drainRouter,
];

/** Lets mishaps come until the time `untilMs`. */
export function roughen(world: World, random: Random, untilMs: number): void {
  const next = (): void => {
    world.after(random.between(...MISHAP_MS), "mishap", () => {
      if (world.now >= untilMs) return;
      random.pick(mishaps)(world, random);
      next();
    });
  };
  next();
}
