/**
 * Serves an echo that takes its time, so that calls are always in flight, as many as it may have:
 * `nexus-patient-worker.ts <url> <milliseconds> [concurrency]`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@nexus-bridge/sdk-node";
import { Echo, type Payload } from "../gen/bench/v1/index.ts";
import { answerRuns, serving } from "../run.ts";

const [, , url = "", takesMs = "", concurrency = ""] = process.argv;

await answerRuns(async () => {
  const link = await connect(url);
  let handled = 0;
  const handler = {
    async say(request: Payload): Promise<Payload> {
      handled++;
      if (takesMs !== "0") await sleep(Number(takesMs));
      return request;
    },
  };
  await link.serve(Echo, handler, concurrency === "" ? {} : { concurrency: Number(concurrency) });
  return serving(
    () => link.close(),
    () => ({ handled }),
  );
});
