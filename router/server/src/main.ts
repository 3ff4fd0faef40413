/** The router as a process: addresses from the command line, drain on SIGTERM and SIGINT, certificates anew on SIGHUP. */
import { parseArgs } from "node:util";
import { startRouter } from "./start.ts";
import { tlsOptions } from "./tls-flags.ts";

const usage = `usage: main.ts [--listen tcp://127.0.0.1:5673]... [--listen unix:///path]
  [--tls-cert router.pem --tls-key router.key [--allow-plaintext]]`;

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        listen: { type: "string", multiple: true },
        "tls-cert": { type: "string" },
        "tls-key": { type: "string" },
        "allow-plaintext": { type: "boolean" },
      },
    });
    const { "tls-cert": tlsCert, "tls-key": tlsKey, "allow-plaintext": allowPlaintext } = values;
    return { listen: values.listen, tls: tlsOptions({ tlsCert, tlsKey, allowPlaintext }) };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

async function main(): Promise<void> {
  const { listen, tls } = readFlags();
  const router = await startRouter({
    ...(listen && { listen }),
    ...(tls && { tls }),
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
  if (tls !== undefined) process.on("SIGHUP", () => void router.reloadTls().catch(warn));
  for (const address of router.addresses) console.log(`listening ${address}`);
}

function warn(error: unknown): void {
  console.error(error instanceof Error ? error.message : String(error));
}

function fail(error: unknown): void {
  warn(error);
  process.exit(1);
}

main().catch(fail);
