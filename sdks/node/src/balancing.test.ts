import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OrderService } from "../samples/gen/orders/v1/index.js";
import { connect, type Link } from "./index.ts";
import { type RouterProcess, startRouterProcess } from "./testing/router-process.ts";

const Hashed: typeof OrderService = { ...OrderService, balancing: "hash" };
const KEYS = Array.from({ length: 40 }, (_, at) => `customer-${at}`);

let router: RouterProcess;
let url: string;
const links: Link[] = [];

beforeAll(async () => {
  router = await startRouterProcess(["tcp://127.0.0.1:0"]);
  url = (router.addresses[0] ?? "").replace("tcp://", "nexus://");
}, 30_000);
afterAll(async () => {
  await Promise.all(links.map((link) => link.close()));
  await router.stop();
});

async function instance(name: string): Promise<Link> {
  const link = await connect(url, { name });
  links.push(link);
  await link.serve(Hashed, { getOrder: () => ({ id: name }) });
  return link;
}

describe("a service that is balanced by hash", () => {
  it("answers calls of one key from one instance, also when another goes", async () => {
    await instance("a");
    const second = await instance("b");
    await instance("c");
    const caller = await connect(url);
    links.push(caller);
    const orders = caller.client(Hashed);
    const ask = async (orderingKey: string) =>
      (await orders.getOrder({ id: "o" }, { orderingKey })).id;
    const before = await Promise.all(KEYS.map(ask));
    expect(new Set(before).size).toBe(3);
    expect(await Promise.all(KEYS.map(ask))).toEqual(before);
    await second.drain();
    const after = await Promise.all(KEYS.map(ask));
    for (const [at, name] of before.entries()) {
      if (name === "b") expect(after[at]).not.toBe("b");
      else expect(after[at]).toBe(name);
    }
  });

  it("refuses a key that is too long", async () => {
    const caller = await connect(url);
    links.push(caller);
    const call = caller.client(Hashed).getOrder({ id: "o" }, { orderingKey: "é".repeat(128) });
    await expect(call).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
