/** Calls HelloService, whichever language serves it. */
import { connect, NexusError } from "@nexus-bridge/sdk-node";
import { HelloService } from "./gen/hello/v1/index.ts";

async function main(): Promise<void> {
  const link = await connect();
  try {
    const hello = link.client(HelloService);
    const { text } = await hello.greet({ name: process.argv[2] ?? "Ada" });
    console.log(text);
    for await (const { number } of hello.countDown({ start: 3 })) console.log(number);
  } finally {
    await link.close();
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof NexusError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
