/** Serves the echo, or receives the one-way messages: `nexus-worker.ts <url> <workload>`. */
import { connect, type Link } from "@nexus-bridge/sdk-node";
import { Echo, LoadTopic, ReceiptTopic } from "../gen/bench/v1/index.ts";
import { receiptEvery } from "../load.ts";
import { answerRuns, serving } from "../run.ts";

const [, , url = "", workload = ""] = process.argv;

async function receive(link: Link): Promise<void> {
  let received = 0;
  for await (const item of link.subscribe(LoadTopic, { credit: 16_384 })) {
    if (item.kind === "gap") continue;
    received += 1;
    if (received % receiptEvery === 0) {
      void link.publish(ReceiptTopic, { received: BigInt(received) });
    }
  }
}

await answerRuns(async () => {
  const link = await connect(url);
  if (workload === "rpc")
    await link.serve(Echo, { say: (request) => request }, { concurrency: 2048 });
  else void receive(link);
  return serving(() => link.close());
});
