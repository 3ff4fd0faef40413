/** The universal SDK where it is meant to run: in a real browser, over WebSocket, from a page that the router allows. */
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { createServer } from "node:http";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RunningRouter, startRouter } from "@nexus-bridge/router";
import { connect, type Link } from "@nexus-bridge/sdk-node";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OrderNotFoundError, OrderService } from "../gen/orders/v1/index.ts";
import type { CertainReport, PageReport } from "./page.ts";
import { type WireCutter, wireCutter } from "./wire-cutter.ts";

declare function runNexus(url: string, connectTimeoutMs: number): Promise<PageReport>;
declare function runCertain(url: string, cut: () => Promise<void>): Promise<CertainReport>;
/** Given to the page by the test. */
declare function cutWires(): Promise<void>;

const executable = findChromium();
if (executable === undefined) {
  const reason = "the SDK in a browser: no chromium; apt-get install chromium";
  console.log(`left out: ${reason}`);
  if (process.env.NEXUS_REQUIRE === "all") throw new Error(reason);
}

function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const places = folders.flatMap((folder) => [
    join(folder, "chromium"),
    join(folder, "chromium-browser"),
    join(folder, "google-chrome"),
  ]);
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A web server of one page, with the bundle in it. */
async function servePage() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("page.ts", import.meta.url))],
    bundle: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    conditions: ["@nexus-bridge/source"],
    write: false,
  });
  const script = outputFiles[0]?.text ?? "";
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : '<!doctype html><script src="/page.js"></script>');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return { server, origin: `http://127.0.0.1:${port}` };
}

function serveOrders(link: Link) {
  return link.serve(OrderService, {
    getOrder({ id }) {
      if (id === "missing") throw OrderNotFoundError.create({ id });
      return { id, revision: 9_007_199_254_740_993n };
    },
    async *watchOrders({ limit }) {
      for (let number = 1; number <= limit; number++) yield { id: `o-${number}` };
    },
    async placeOrders(requests) {
      let accepted = 0;
      for await (const _request of requests) accepted++;
      return { accepted };
    },
    async *chat(messages) {
      for await (const { text } of messages) yield { text: text.toUpperCase() };
    },
  });
}

describe.skipIf(executable === undefined)("the SDK in a browser", () => {
  let router: RunningRouter;
  let provider: Link;
  let browser: Browser;
  let allowed: Awaited<ReturnType<typeof servePage>>;
  let foreign: Awaited<ReturnType<typeof servePage>>;
  let cutter: WireCutter;

  beforeAll(async () => {
    [allowed, foreign] = await Promise.all([servePage(), servePage()]);
    router = await startRouter({
      listen: ["tcp://127.0.0.1:0"],
      allowedOrigins: [allowed.origin],
    });
    cutter = await wireCutter(Number(new URL(router.addresses[0] ?? "").port));
    provider = await connect(routerUrl("nexus"));
    await serveOrders(provider);
    browser = await chromium.launch({ executablePath: executable ?? "", args: ["--no-sandbox"] });
  });

  afterAll(async () => {
    await browser?.close();
    await provider?.close();
    await cutter?.close();
    await router?.close();
    allowed?.server.close();
    foreign?.server.close();
  });

  const routerUrl = (scheme: string): string =>
    `${scheme}://${new URL(router.addresses[0] ?? "").host}/`;

  async function runOn(origin: string, connectTimeoutMs = 10_000): Promise<PageReport> {
    const page = await browser.newPage();
    try {
      await page.goto(origin);
      return await page.evaluate(([url, timeoutMs]) => runNexus(url, timeoutMs), [
        routerUrl("ws"),
        connectTimeoutMs,
      ] as const);
    } finally {
      await page.close();
    }
  }

  test("calls, streams both ways, fails with typed errors, publishes and subscribes", async () => {
    expect(await runOn(allowed.origin)).toEqual({
      revision: "9007199254740993",
      watched: Array.from({ length: 40 }, (_, at) => `o-${at + 1}`),
      accepted: 2,
      chat: ["HELLO", "BYE"],
      missing: "missing",
      events: ["o-1", "o-2", "o-3"],
    });
    expect(router.stats()).toMatchObject({ callsInFlight: 0, subscriptions: 0 });
  });

  test("publishes and consumes at least once, also over a cut socket", async () => {
    const page = await browser.newPage();
    try {
      await page.exposeFunction("cutWires", () => cutter.cut());
      await page.goto(allowed.origin);
      const url = `ws://127.0.0.1:${cutter.port}/`;
      const report = await page.evaluate((address) => runCertain(address, () => cutWires()), url);
      expect(report).toEqual({
        receipts: [1, 2, 3, 4, 5],
        seen: ["o-1", "o-2", "o-3", "o-2 again", "o-4", "o-4 again", "o-5"],
        retained: "o-11",
        links: 2,
      });
    } finally {
      await page.close();
    }
  });

  test("reaches no router that does not allow the page's origin", async () => {
    await expect(runOn(foreign.origin, 1_000)).rejects.toThrow("no router at ws://127.0.0.1");
    expect(router.stats().links).toBe(1);
  });
});
