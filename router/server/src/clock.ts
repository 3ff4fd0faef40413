/** Drives the core's time: often while calls are in flight, seldom while nothing is. */
import type { Router } from "@nexus-bridge/router-core";

const BUSY_TICK_MS = 10;
const IDLE_TICK_MS = 50;
/** How long closing waits for the last links' channels to report that they are gone. */
const LAST_LINKS_MS = 2000;

export interface RunningClock {
  /** Resolves when no link is left, or they take too long. */
  idle(): Promise<void>;
  stop(): void;
}

export function startClock(router: Router): RunningClock {
  const waiting = new Set<() => void>();
  let timer: NodeJS.Timeout;
  const tick = () => {
    router.tick();
    if (router.linkCount === 0) {
      for (const resolve of waiting) resolve();
      waiting.clear();
    }
    const isBusy = router.callsInFlight > 0 || waiting.size > 0;
    timer = setTimeout(tick, isBusy ? BUSY_TICK_MS : IDLE_TICK_MS);
  };
  timer = setTimeout(tick, IDLE_TICK_MS);
  return {
    idle: () =>
      new Promise((resolve) => {
        const limit = setTimeout(done, LAST_LINKS_MS);
        function done() {
          clearTimeout(limit);
          waiting.delete(done);
          resolve();
        }
        waiting.add(done);
      }),
    stop: () => clearTimeout(timer),
  };
}
