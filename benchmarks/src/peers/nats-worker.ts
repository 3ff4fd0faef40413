/** Serves the echo, or receives the one-way messages: `nats-worker.ts <port> <workload>`. */
import { connect } from "nats";
import { receiptEvery } from "../load.ts";
import { answerRuns, serving } from "../run.ts";

const [, , port = "", workload = ""] = process.argv;

await answerRuns(async () => {
  const connection = await connect({ port: Number(port), noAsyncTraces: true });
  let received = 0;
  if (workload === "rpc") {
    connection.subscribe("bench.echo", {
      callback: (error, message) => {
        if (error === null) message.respond(message.data);
      },
    });
  } else {
    connection.subscribe("bench.load", {
      callback: () => {
        received += 1;
        if (received % receiptEvery === 0) connection.publish("bench.receipt", String(received));
      },
    });
  }
  await connection.flush();
  return serving(() => connection.close());
});
