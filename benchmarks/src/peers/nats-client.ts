/** Makes the load: `nats-client.ts <port> <workload>`. */
import { connect, type NatsConnection } from "nats";
import { callLoad, type OneWay, oneWayLoad } from "../load.ts";
import { answerRuns } from "../run.ts";

const [, , port = "", workload = ""] = process.argv;
const flushEvery = 512;

function oneWay(connection: NatsConnection): OneWay {
  let received = 0;
  let sent = 0;
  let wake = (): void => {};
  connection.subscribe("bench.receipt", {
    callback: (_error, message) => {
      received = Number(message.string());
      wake();
    },
  });
  return {
    send(payload) {
      connection.publish("bench.load", payload);
      sent += 1;
      return sent % flushEvery === 0 ? connection.flush() : undefined;
    },
    received: () => received,
    grown: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
  };
}

await answerRuns(async () => {
  const connection = await connect({ port: Number(port), noAsyncTraces: true });
  const stop = (): Promise<void> => connection.close();
  if (workload === "rpc") {
    const call = async (payload: Uint8Array): Promise<Uint8Array> =>
      (await connection.request("bench.echo", payload, { timeout: 30_000 })).data;
    return { run: (params) => callLoad(params, call), stop };
  }
  const way = oneWay(connection);
  await connection.flush();
  return { run: (params) => oneWayLoad(params, way), stop };
});
