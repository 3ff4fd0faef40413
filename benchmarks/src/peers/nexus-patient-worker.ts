/** Serves an echo that takes its time, so that calls are always in flight: `nexus-patient-worker.ts <url> <milliseconds>`. */
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@nexus-bridge/sdk-node";
import { Echo } from "../gen/bench/v1/index.ts";
import { answerRuns, serving } from "../run.ts";

const [, , url = "", takesMs = ""] = process.argv;

await answerRuns(async () => {
  const link = await connect(url);
  let handled = 0;
  await link.serve(Echo, {
    async say(request) {
      handled++;
      if (takesMs !== "0") await sleep(Number(takesMs));
      return request;
    },
  });
  return serving(
    () => link.close(),
    () => ({ handled }),
  );
});
