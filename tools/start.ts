/**
 * `npm start`: a router on loopback, adapters generated from examples/orders, a service in each language whose tools are
 * here, every client calling every service, the table, and then it all stays up until Ctrl-C (`--once` ends there).
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { generate } from "@nexus-bridge/generate";
import { type RunningRouter, startRouter } from "@nexus-bridge/router";
import { toolchains } from "./check/toolchains.ts";
import { readExample, runClient, type Service, startService } from "./start/example.ts";
import { failures, table } from "./start/table.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const help = `npm start [-- options]
  --once          end after the table: exit 0, or 1 naming what failed
  --listen <url>  where the router listens (default tcp://127.0.0.1:5673; port 0 takes a free one)
  --help          this text`;

function readArguments(): { once: boolean; listen: string; help: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        once: { type: "boolean", default: false },
        listen: { type: "string", default: "tcp://127.0.0.1:5673" },
        help: { type: "boolean", default: false },
      },
    });
    return values;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${help}`);
  }
}

const began = performance.now();
function progress(text: string): void {
  console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);
}

async function main(): Promise<number> {
  const { once, listen, help: wantsHelp } = readArguments();
  if (wantsHelp) {
    console.log(help);
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // The first lets everything finish what it is doing, the second ends it at once.
    process.on(signal, () => (stop.signal.aborted ? process.exit(130) : stop.abort()));
  }
  const available = await chooseLanguages();
  await generateAdapters(available.map(({ name }) => name));
  const router = await startRouter({ listen: [listen] });
  const services: Service[] = [];
  try {
    return await show({ router, services, available, once, stop: stop.signal });
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    await router.drain({ graceMs: 2_000 });
    progress("stopped");
  }
}

interface Named {
  readonly name: string;
  readonly title: string;
}

async function chooseLanguages(): Promise<readonly Named[]> {
  const found = await toolchains();
  for (const { language, missing } of found) {
    if (missing.length > 0) progress(`left out: ${language.title}: ${missing.join("; ")}`);
  }
  return found.filter(({ missing }) => missing.length === 0).map(({ language }) => language);
}

async function generateAdapters(names: readonly string[]): Promise<void> {
  const config = fileURLToPath(new URL("../examples/orders/nexus.config.json", import.meta.url));
  const result = await generate({ config, languages: names });
  progress(`nexus generate examples/orders: ${result.summary}`);
}

interface Show {
  readonly router: RunningRouter;
  readonly services: Service[];
  readonly available: readonly Named[];
  readonly once: boolean;
  readonly stop: AbortSignal;
}

async function show({ router, services, available, once, stop }: Show): Promise<number> {
  const url = router.addresses[0]?.replace(/^tcp:/, "nexus:") ?? "";
  progress(`router on ${url}`);
  const names = available.map(({ name }) => name);
  const titles = new Map(available.map(({ name, title }) => [name, title]));
  const environment = { NEXUS_URL: url, NEXUS_EXAMPLE_PROVIDERS: names.join(",") };
  const examples = names.map((name) => readExample(root, name));
  for (const example of examples) {
    if (stop.aborted) return 130;
    services.push(await startService(example, environment));
    progress(`${titles.get(example.language)} service is up`);
  }
  const measures = [];
  for (const example of examples) {
    measures.push(...(await runClient(example, { environment, stop })));
    if (stop.aborted) return 130;
    progress(`${titles.get(example.language)} client has called every service`);
  }
  console.log(`\n${table(measures, names, (name) => titles.get(name) ?? name)}\n`);
  const wrong = failures(measures, names);
  for (const line of wrong) console.error(`failed: ${line}`);
  if (once || wrong.length > 0 || stop.aborted) return wrong.length > 0 ? 1 : 0;
  progress(`everything stays up; try: npm run nexus -- doctor --url ${url} (Ctrl-C ends)`);
  const crashed = services.map(async (service) => {
    const how = await service.ended;
    if (!stop.aborted) console.error(`the ${service.language} service ended: ${how}`);
  });
  await new Promise<void>((resolve) => {
    stop.addEventListener("abort", () => resolve(), { once: true });
    void Promise.all(crashed).then(() => resolve());
  });
  return stop.aborted ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`nexus: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
