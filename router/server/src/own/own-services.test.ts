/** The router's own services over TCP, with programs whose adapters are made of schemas at run time. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Channel, limits } from "@nexus-bridge/protocol";
import { Router } from "@nexus-bridge/router-core";
import {
  Health,
  Registry,
  SchemaBreakingError,
  SchemaInvalidError,
  SchemaNotFoundError,
  Services,
  Trace,
  VersionTakenError,
} from "@nexus-bridge/router-registry";
import { compile, type Message } from "@nexus-bridge/schema";
import { dynamicType } from "@nexus-bridge/schema-dynamic";
import { type Link, NexusError, openLink, type ServiceDescriptor } from "@nexus-bridge/sdk";
import { dialTcp } from "@nexus-bridge/transports";
import { afterEach, describe, expect, it } from "vitest";
import { openSchemaRegistry } from "../schema-registry.ts";
import { type RouterOptions, type RunningRouter, startRouter } from "../start.ts";
import { serveOwnServices } from "./own-services.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(options: RouterOptions = {}): Promise<RunningRouter> {
  const router = await startRouter({ listen: ["tcp://127.0.0.1:0"], ...options });
  open.push(router);
  return router;
}

async function dial(router: RunningRouter, name = "test"): Promise<Link> {
  const link = await openLink(router.addresses[0] ?? "", { "tcp:": dialTcp }, { name });
  open.push(link);
  return link;
}

const SHOP = "shop.v1.Shop";
const path = "shop/v1/shop.proto";
const textOf = (type: string, more = ""): string => `syntax = "proto3";
package shop.v1;
service Shop { rpc Place(Order) returns (Receipt); }
message Order { ${type} id = 1; ${more} }
message Receipt { string id = 1; }
`;
const setOf = (type: string, more = "") => ({ files: [{ path, text: textOf(type, more) }] });

interface ShopClient {
  place(request: unknown): Promise<unknown>;
}

/** The adapter that would be generated from the schema. */
function shop(type: string, more = ""): ServiceDescriptor<ShopClient, ShopClient> {
  const { model } = compile(setOf(type, more).files, { inputs: [path] });
  const messageType = (name: string) =>
    dynamicType(model?.messages.get(`shop.v1.${name}`) as Message).type;
  const types = { request: messageType("Order"), response: messageType("Receipt") };
  return { typeName: SHOP, methods: { place: { name: "Place", shape: "unary", ...types } } };
}

const place = async () => ({ values: new Map() });
const empty = { values: new Map() };
const caught = (work: Promise<unknown>): Promise<NexusError> =>
  work.then(
    () => Promise.reject(new Error("nothing was refused")),
    (error: unknown) => (error instanceof NexusError ? error : Promise.reject(error)),
  );

describe("the registry", () => {
  it("answers with typed errors", async () => {
    const pushes: unknown[] = [];
    const router = await start({ onPush: (push) => pushes.push(push) });
    const registry = (await dial(router)).client(Registry);
    const push = (version: string, schema: ReturnType<typeof setOf>) =>
      registry.push({ subject: "shop", version, schema });
    const { version, created } = await push("1", setOf("string"));
    expect(created).toBe(true);
    expect(version).toMatchObject({ subject: "shop", services: [SHOP], files: 1 });
    const breaking = await caught(push("2", setOf("int32")));
    expect(breaking).toMatchObject({ code: "FAILED_PRECONDITION", reason: "SCHEMA_MISMATCH" });
    expect(breaking.message).toContain("shop.v1.Order.id");
    expect(SchemaBreakingError.is(breaking)).toBe(true);
    expect(VersionTakenError.is(await caught(push("1", setOf("int32"))))).toBe(true);
    const invalid = await caught(push("2", { files: [{ path, text: "message" }] }));
    expect(SchemaInvalidError.is(invalid) && invalid.detail.problems[0]).toMatch(/^shop.*:1:8: /);
    expect(SchemaNotFoundError.is(await caught(registry.get({ subject: "gone" })))).toBe(true);
    expect((await registry.find({ name: SHOP })).schema?.files[0]?.text).toBe(textOf("string"));
    expect((await registry.list({})).versions).toHaveLength(1);
    expect(pushes).toMatchObject([{ subject: "shop", version: "1", verdict: "first" }]);
  });

  it("refuses a set that is too large, which comes in many fragments, and lives on", async () => {
    const router = await start({ limits: { schemaSetBytes: 300_000 } });
    const registry = (await dial(router)).client(Registry);
    const text = `${textOf("string")}// ${"x".repeat(1_000_000)}`;
    const push = registry.push({ subject: "s", version: "1", schema: { files: [{ path, text }] } });
    expect(await caught(push)).toMatchObject({ code: "INVALID_ARGUMENT", reason: "TOO_LARGE" });
    expect((await registry.list({})).versions).toEqual([]);
  });

  it("is only read where pushes are off", async () => {
    const registry = (await dial(await start({ allowPush: false }))).client(Registry);
    const push = registry.push({ subject: "shop", version: "1", schema: setOf("string") });
    expect(await caught(push)).toMatchObject({ code: "PERMISSION_DENIED" });
    expect((await registry.list({})).versions).toEqual([]);
  });

  it("knows the schema files that the router was started with", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nexus-schemas-"));
    open.push({ close: async () => rmSync(folder, { recursive: true }) });
    const file = join(folder, "shop.proto");
    writeFileSync(file, textOf("string"));
    const router = await start({ schemas: [file] });
    const registry = (await dial(router)).client(Registry);
    expect((await registry.find({ name: SHOP })).version?.subject).toBe("local");
    writeFileSync(file, "message {");
    await expect(startRouter({ schemas: [file] })).rejects.toThrow(/shop\.proto:1:9: error/);
  });
});

describe("schemas that break", () => {
  it("refuse a provider beside others, with the field's name", async () => {
    const router = await start();
    const registry = (await dial(router)).client(Registry);
    await registry.push({ subject: "shop", version: "1", schema: setOf("string") });
    const newer = { subject: "shop", version: "2", schema: setOf("int32"), allowBreaking: true };
    await registry.push(newer);
    await (await dial(router)).serve(shop("string"), { place });
    await (await dial(router)).serve(shop("string", "string note = 9;"), { place });
    const refused = await caught((await dial(router)).serve(shop("int32"), { place }));
    expect(refused).toMatchObject({ code: "FAILED_PRECONDITION", reason: "SCHEMA_MISMATCH" });
    expect(refused.message).toContain("shop.v1.Order.id");
    expect((await (await dial(router)).client(Services).list({})).total).toBe(6);
    const [service] = await (await dial(router)).client(Services).list({}).then(shopsOf);
    expect(service?.instances).toBe(2);
  });

  it("may still be served where nobody pushed them; that is counted", async () => {
    const router = await start();
    await (await dial(router)).serve(shop("string"), { place });
    await (await dial(router)).serve(shop("int32"), { place });
    expect(router.stats().schemaUnknown).toBe(1);
  });
});

type Listed = Awaited<ReturnType<NonNullable<typeof Services.$client>["list"]>>;
const shopsOf = ({ services }: Listed) => services.filter(({ service }) => service === SHOP);

describe("services", () => {
  it("are listed, pinged and described without work of theirs, with their counts", async () => {
    const router = await start();
    const provider = await dial(router, "shop-program");
    await provider.serve(shop("string"), { place }, { instance: "a", concurrency: 7 });
    const caller = await dial(router);
    const services = caller.client(Services);
    const request = { service: SHOP };
    expect((await services.ping(request)).instances).toMatchObject([
      { instance: "a", alive: true },
    ]);
    await caller.client(shop("string")).place(empty);
    const info = await services.info(request);
    expect(info).toMatchObject({ policy: "round_robin", methods: [{ name: "Place", kind: 1 }] });
    expect(info.instances).toMatchObject([{ instance: "a", maxInFlight: 7, inFlight: 0 }]);
    expect(info.instances[0]?.client).toContain("shop-program");
    const { methods } = await services.stats({ service: SHOP, instance: "a" });
    expect(methods).toMatchObject([{ method: "Place", calls: 1n, errors: new Map() }]);
    expect((await services.stats({ service: SHOP, instance: "b" })).methods).toEqual([]);
    expect(await caught(services.info({ service: "gone" }))).toMatchObject({ code: "NOT_FOUND" });
  });

  it("count failed calls by code", async () => {
    const router = await start();
    const failing = async () => {
      throw new NexusError({ code: "ABORTED", message: "no" });
    };
    await (await dial(router)).serve(shop("string"), { place: failing });
    const caller = await dial(router);
    await caught(caller.client(shop("string")).place(empty));
    const { methods } = await caller.client(Services).stats({ service: SHOP });
    expect(methods[0]?.errors).toEqual(new Map([["ABORTED", 1n]]));
  });
});

describe("health", () => {
  it("is that of the router, and of services that had an instance", async () => {
    const router = await start();
    const link = await dial(router);
    const health = link.client(Health);
    expect(await health.check({})).toMatchObject({ status: 1 });
    expect(await caught(health.check({ service: SHOP }))).toMatchObject({ code: "NOT_FOUND" });
    const served = await (await dial(router)).serve(shop("string"), { place });
    expect(await health.check({ service: SHOP })).toMatchObject({ status: 1 });
    await served.drain();
    expect(await health.check({ service: SHOP })).toMatchObject({ status: 2 });
  });

  it("is told at every change, and ends when the router goes away", async () => {
    const router = await start();
    const link = await dial(router);
    const provider = await dial(router);
    const seen: number[] = [];
    const watched = (async () => {
      for await (const { status } of link.client(Health).watch({ service: SHOP })) {
        seen.push(status);
        if (status === 3) void provider.serve(shop("string"), { place });
        if (status === 1) void router.drain();
      }
    })();
    await watched;
    expect(seen).toEqual([3, 1, 2]);
  });
});

describe("traces", () => {
  it("are found by name, kind and outcome", async () => {
    const router = await start({ admin: "127.0.0.1:0" });
    const link = await dial(router);
    await caught(link.client(shop("string")).place(empty));
    await link.client(Health).check({});
    const trace = link.client(Trace);
    const { entries } = await trace.query({ name: "Health/Check", kind: 1 });
    expect(entries).toMatchObject([{ outcome: "OK", instance: "router" }]);
    const refused = await trace.query({ outcome: "UNAVAILABLE", limit: 1 });
    expect(refused.entries).toMatchObject([{ kind: 2, name: `call ${SHOP}/Place` }]);
    expect(await caught(trace.query({ traceId: new Uint8Array(3) }))).toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });

  it("are refused with a remedy where the router keeps none", async () => {
    const trace = (await dial(await start())).client(Trace);
    expect((await caught(trace.query({}))).message).toContain("--admin");
  });
});

describe("the router's own link", () => {
  it("comes back when it was lost", async () => {
    const router: Router = new Router({
      now: () => performance.now(),
      wallMicros: () => Date.now() * 1000,
      random: Math.random,
      requestFlush: () => setImmediate(() => router.flush()),
    });
    const attached: Channel[] = [];
    const attach = router.attach.bind(router);
    router.attach = (channel, options) => {
      attached.push(channel);
      attach(channel, options);
    };
    const own = await serveOwnServices(router, {
      registry: await openSchemaRegistry({ limits: () => limits, pushed: () => {} }),
      allowPush: true,
      isDraining: () => false,
      trace: undefined,
      failed: () => {},
    });
    open.push(own);
    const services = () => router.services().filter(({ isInternal }) => isInternal).length;
    expect(services()).toBe(5);
    const back = new Promise<void>((resolve) => {
      router.watchServices(() => services() === 5 && resolve());
    });
    attached[0]?.destroy();
    await back;
    expect(attached).toHaveLength(2);
    expect(router.stats).toMatchObject({ links: 0, services: 0 });
  });
});
