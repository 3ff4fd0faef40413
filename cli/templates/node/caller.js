/** Calls HelloService, whichever language serves it. */
import { connect } from "@nexus-bridge/sdk-node";
import { HelloService } from "./gen/hello/v1/index.js";

const link = await connect();
try {
  const hello = link.client(HelloService);
  const { text } = await hello.greet({ name: process.argv[2] ?? "Ada" });
  console.log(text);
  for await (const { number } of hello.countDown({ start: 3 })) console.log(number);
} finally {
  await link.close();
}
