/** Compression against a real router: between links that both have it, and towards one that has none. */
import { readFileSync } from "node:fs";
import { deflateSync, gzipSync } from "node:zlib";
import { connect as connectUniversal } from "@nexus-bridge/sdk";
import { topic } from "@nexus-bridge/sdk/gen1";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OrderCreatedTopic, OrderService } from "../samples/gen/orders/v1/index.js";
import { connect, type Link } from "./index.ts";
import { type RouterProcess, startRouterProcess } from "./testing/router-process.ts";
import { nodeZlib } from "./zlib.ts";

const vectors: { readonly frames: readonly { readonly name: string; readonly hex: string }[] } =
  JSON.parse(readFileSync(new URL("../../../schema/vectors/frames.json", import.meta.url), "utf8"));
const HEADER_BYTES = 32;
const MEBIBYTE = 1_048_576;

describe("Node's zlib", () => {
  it("reads the golden payload, and what it wrote itself", () => {
    const hex = vectors.frames.find(({ name }) => name === "data-zlib")?.hex ?? "";
    const golden = Buffer.from(hex, "hex").subarray(HEADER_BYTES);
    const expected = new TextEncoder().encode("a".repeat(400));
    expect(nodeZlib.inflate(golden, 400)).toEqual(expected);
    expect(nodeZlib.inflate(nodeZlib.deflate(expected), 400)).toEqual(expected);
  });

  it("stops at the limit, to the byte", () => {
    const bomb = nodeZlib.deflate(new Uint8Array(64 * MEBIBYTE));
    const before = process.memoryUsage().arrayBuffers;
    expect(nodeZlib.inflate(bomb, MEBIBYTE)).toBeUndefined();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MEBIBYTE);
    const exact = nodeZlib.deflate(new Uint8Array(1000));
    expect(nodeZlib.inflate(exact, 1000)?.length).toBe(1000);
    expect(nodeZlib.inflate(exact, 999)).toBeUndefined();
    expect(nodeZlib.inflate(nodeZlib.deflate(new Uint8Array(1)), 0)).toBeUndefined();
  });

  it.each([
    ["gzip", gzipSync("x")],
    ["cut off", deflateSync("hello hello hello").subarray(0, 10)],
    ["followed by more", Buffer.concat([deflateSync("x"), Buffer.from([0])])],
    ["nothing", Buffer.alloc(0)],
    ["noise", Buffer.from("this is no zlib")],
  ])("refuses what is no zlib: %s", (_what, bytes) => {
    expect(() => nodeZlib.inflate(bytes, MEBIBYTE)).toThrow();
  });
});

describe("links over a router", () => {
  let router: RouterProcess;
  let packs: Link;
  let reads: Link;
  let plain: Link;

  beforeAll(async () => {
    router = await startRouterProcess(["tcp://127.0.0.1:0"]);
    const host = (router.addresses[0] ?? "").replace("tcp://", "");
    packs = await connect(`nexus://${host}`, { compression: { thresholdBytes: 100 } });
    reads = await connect(`nexus://${host}`);
    plain = await connectUniversal(`ws://${host}/`);
  }, 30_000);
  afterAll(async () => {
    await Promise.all([packs, reads, plain].map((link) => link?.close()));
    await router.stop();
  });

  const text = (size: number): string => "compress me ".repeat(size / 12 + 1).slice(0, size);
  /** All four kinds of calls, with messages of `size` characters. */
  async function allKinds(caller: Link, server: Link, size: number): Promise<void> {
    const long = text(size);
    const seen: string[] = [];
    await using _served = await server.serve(OrderService, {
      getOrder({ id }) {
        seen.push(id);
        return { id };
      },
      async *watchOrders({ limit }) {
        for (let at = 0; at < limit; at++) yield { id: long };
      },
      async placeOrders(requests) {
        let accepted = 0;
        for await (const { idempotencyKey } of requests) {
          expect(idempotencyKey).toBe(long);
          accepted += 1;
        }
        return { accepted };
      },
      async *chat(messages) {
        for await (const { text: said } of messages) yield { text: said };
      },
    });
    const orders = caller.client(OrderService);
    expect((await orders.getOrder({ id: long })).id).toBe(long);
    let count = 0;
    for await (const { id } of orders.watchOrders({ limit: 4 })) {
      expect(id).toBe(long);
      count += 1;
    }
    expect(count).toBe(4);
    const placed = await orders.placeOrders(Array(4).fill({ idempotencyKey: long }));
    expect(placed.accepted).toBe(4);
    const echoed: string[] = [];
    for await (const said of orders.chat([{ text: long }, { text: long }])) echoed.push(said.text);
    expect(echoed).toEqual([long, long]);
    expect(seen).toEqual([long]);
  }

  it("calls of all kinds, compressed from end to end", async () => {
    await allKinds(packs, reads, 300_000);
    await allKinds(reads, packs, 300_000);
  });

  it("calls of all kinds with a peer that reads none of it", async () => {
    await allKinds(packs, plain, 10_000);
    await allKinds(plain, packs, 10_000);
  });

  it("sends a request plain that the router cannot take the compression off", async () => {
    const long = text(500_000);
    await using _served = await plain.serve(OrderService, { getOrder: ({ id }) => ({ id }) });
    const orders = packs.client(OrderService);
    expect((await orders.getOrder({ id: long })).id.length).toBe(long.length);
    expect((await orders.getOrder({ id: long })).id.length).toBe(long.length);
  });

  it.each([0, 1] as const)("publishes and receives at QoS %i", async (qos) => {
    const { message, tokens } = OrderCreatedTopic.definition;
    const events = topic<{ region: string; orderId: string }, { region: string; orderId: string }>({
      message: message as never,
      tokens,
      qos,
      retained: false,
    });
    const all = await Promise.all([packs, reads, plain].map((link) => link.subscribe(events)));
    const orderId = text(50_000);
    await packs.publish(events, { region: "eu", orderId });
    for (const items of all) {
      const { value } = await items.next();
      expect(value).toMatchObject({ kind: "event", value: { orderId } });
      await items.return?.();
    }
  });
});
