/** The router in a process of its own, which watches what it holds once it was asked: `nexus-router.ts <listen url>`. */
import { startRouter } from "@nexus-bridge/router";
import { answerRuns, type Figures, serving } from "../run.ts";

const [, , listen = ""] = process.argv;
const WATCH_MS = 10;

await answerRuns(async () => {
  // One caller leaves some of a worker's places to others: with twice as many the load fits.
  const limits = { callsInFlightPerProvider: 2048 };
  const router = await startRouter({ listen: [listen], limits });
  let watch: NodeJS.Timeout | undefined;
  let queuedBytesMax = 0;
  let creditBytesMax = 0;
  let slabBytesMax = 0;
  const look = (): void => {
    const { queuedBytes, creditBytes, slabBytes } = router.stats();
    queuedBytesMax = Math.max(queuedBytesMax, queuedBytes);
    creditBytesMax = Math.max(creditBytesMax, creditBytes);
    slabBytesMax = Math.max(slabBytesMax, slabBytes);
  };
  /** The most since it was last asked. */
  const figures = (): Figures => {
    watch ??= setInterval(look, WATCH_MS);
    look();
    const { subscriptions } = router.stats();
    const found = { queuedBytesMax, creditBytesMax, slabBytesMax, subscriptions };
    queuedBytesMax = 0;
    creditBytesMax = 0;
    slabBytesMax = 0;
    return found;
  };
  return serving(() => {
    clearInterval(watch);
    return router.close();
  }, figures);
});
