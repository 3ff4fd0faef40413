/** Makes the load: `nexus-client.ts <url> <workload>`. */
import { connect, type Link } from "@nexus-bridge/sdk-node";
import { Echo, LoadTopic, ReceiptTopic } from "../gen/bench/v1/index.ts";
import { callLoad, type OneWay, oneWayLoad } from "../load.ts";
import { answerRuns } from "../run.ts";

const [, , url = "", workload = ""] = process.argv;

function oneWay(link: Link): OneWay {
  let received = 0;
  let wake = (): void => {};
  void (async () => {
    for await (const item of link.subscribe(ReceiptTopic)) {
      if (item.kind !== "event") continue;
      received = Number(item.value.received);
      wake();
    }
  })();
  return {
    send: (data) => link.publish(LoadTopic, { data }),
    received: () => received,
    grown: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
  };
}

await answerRuns(async () => {
  const link = await connect(url);
  const stop = (): Promise<void> => link.close();
  if (workload === "rpc") {
    const echo = link.client(Echo);
    const call = async (data: Uint8Array): Promise<Uint8Array> => (await echo.say({ data })).data;
    return { run: (params) => callLoad(params, call), stop };
  }
  const way = oneWay(link);
  return { run: (params) => oneWayLoad(params, way), stop };
});
