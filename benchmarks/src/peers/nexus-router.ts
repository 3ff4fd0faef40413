/** The router in a process of its own: `nexus-router.ts <listen url>`. */
import { startRouter } from "@nexus-bridge/router";
import { answerRuns, serving } from "../run.ts";

const [, , listen = ""] = process.argv;

await answerRuns(async () => {
  const router = await startRouter({ listen: [listen] });
  return serving(() => router.close());
});
