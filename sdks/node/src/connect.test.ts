import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  GetOrderRequest,
  OrderCreatedTopic,
  OrderService,
} from "../samples/gen/orders/v1/index.js";
import { connect, NexusError } from "./index.ts";
import { breakable } from "./testing/breakable.ts";
import { type RouterProcess, startRouterProcess } from "./testing/router-process.ts";
import { used } from "./testing/used.ts";

let folder: string;
let router: RouterProcess;
let urls: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nexus-"));
  const socket = join(folder, "router.sock");
  router = await startRouterProcess(["tcp://127.0.0.1:0", `unix://${socket}`]);
  const tcp = (router.addresses[0] ?? "").replace("tcp://", "");
  urls = [`nexus://${tcp}`, `nexus+unix://${socket}`, `ws://${tcp}/`];
}, 30_000);
afterAll(async () => {
  await router.stop();
  await rm(folder, { recursive: true });
});

describe("connect", () => {
  it.each([0, 1, 2])("calls, streams and publishes over address %i", async (index) => {
    await used(await connect(urls[index]));
  });

  it("takes NEXUS_URL where no address is given", async () => {
    vi.stubEnv("NEXUS_URL", urls[0] ?? "");
    try {
      await using link = await connect();
      expect(link.url.href).toBe(urls[0]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("says how to start a router where there is none", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const connecting = connect(`nexus://127.0.0.1:${port}`, { connectTimeoutMs: 300 });
    await expect(connecting).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(connecting).rejects.toThrow(new RegExp(`127.0.0.1:${port}.*refused.*nexus start`));
  });

  it("gives up on something that is no router", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {}).resume();
      socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const connecting = connect(`nexus://127.0.0.1:${port}`, { connectTimeoutMs: 300 });
    await expect(connecting).rejects.toThrow("is no Nexus router");
    await new Promise((resolve) => server.close(resolve));
  });

  it("refuses unknown schemes at once", async () => {
    await expect(connect("http://127.0.0.1")).rejects.toBeInstanceOf(NexusError);
  });

  it("ends in UNIMPLEMENTED for a method that nobody wrote, and in NO_PROVIDER without a service", async () => {
    await using link = await connect(urls[0]);
    const orders = link.client(OrderService);
    const request = GetOrderRequest.create();
    await expect(orders.getOrder(request, { timeoutMs: 5_000 })).rejects.toMatchObject({
      code: "UNAVAILABLE",
      reason: "NO_PROVIDER",
    });
    await link.serve(OrderService, {});
    await expect(orders.getOrder(request)).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
  });
});

describe("a router that dies", () => {
  it("ends calls in flight, and everything is there again when it is back", {
    timeout: 30_000,
  }, async () => {
    const first = await startRouterProcess(["tcp://127.0.0.1:0"]);
    const way = await breakable(first.addresses[0] ?? "");
    const link = await connect(way.url);
    const entered = Promise.withResolvers<void>();
    await link.serve(OrderService, {
      getOrder({ id }) {
        if (id !== "slow") return { id };
        entered.resolve();
        return new Promise(() => {});
      },
    });
    const items = await link.subscribe(OrderCreatedTopic);
    const orders = link.client(OrderService);
    const slow = orders.getOrder({ id: "slow" }, { timeoutMs: 20_000 });
    slow.catch(() => {});
    await entered.promise;
    await first.stop();
    const later = orders.getOrder({ id: "later" }, { timeoutMs: 20_000 });
    const second = await startRouterProcess(["tcp://127.0.0.1:0"]);
    way.lead(second.addresses[0] ?? "");
    expect((await later).id).toBe("later");
    await link.publish(OrderCreatedTopic, { region: "eu", orderId: "o-2" });
    expect(await items.next()).toMatchObject({ value: { kind: "gap", reason: "unreported" } });
    expect(await items.next()).toMatchObject({ value: { value: { orderId: "o-2" } } });
    await link.close();
    await expect(slow).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await way.close();
    await second.stop();
  });
});
