/** Serves HelloService until Ctrl-C, and publishes whom it has greeted. */
import { connect, NexusError } from "@nexus-bridge/sdk-node";
import { GreetedTopic, HelloService, NoNameError } from "./gen/hello/v1/index.ts";

async function main(): Promise<void> {
  const link = await connect();
  await link.serve(HelloService, {
    async greet({ name }) {
      if (name === "") throw NoNameError.create({});
      await link.publish(GreetedTopic, { language: "typescript", name });
      return { text: `Hello, ${name}, from TypeScript` };
    },
    async *countDown({ start }) {
      for (let number = start; number > 0; number -= 1) yield { number };
    },
  });
  process.once("SIGINT", () => void link.drain({ graceMs: 5_000 }));
  process.once("SIGTERM", () => void link.drain({ graceMs: 5_000 }));
  console.log("the TypeScript provider is ready; Ctrl-C ends it");
}

try {
  await main();
} catch (error) {
  if (!(error instanceof NexusError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
