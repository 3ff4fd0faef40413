/** The router as a process: addresses from the command line, drain on SIGTERM and SIGINT, end at once on the second signal. */
import { parseArgs } from "node:util";
import { startRouter } from "./start.ts";

const usage = `usage: main.ts [--listen tcp://127.0.0.1:5673]... [--listen unix:///path]`;

function listenFlags(): readonly string[] | undefined {
  try {
    return parseArgs({ options: { listen: { type: "string", multiple: true } } }).values.listen;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

async function main(): Promise<void> {
  const listen = listenFlags();
  const router = await startRouter({
    ...(listen && { listen }),
    onEvent: (event) => {
      if (event.kind === "failed") console.error(event.message);
    },
  });
  let isStopping = false;
  const stop = () => {
    if (isStopping) process.exit(1);
    isStopping = true;
    router.drain().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  for (const address of router.addresses) console.log(`listening ${address}`);
}

function fail(error: unknown): void {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

main().catch(fail);
