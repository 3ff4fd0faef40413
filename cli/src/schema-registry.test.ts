/** push, pull and list as processes against a router's process, and what a provider of a broken schema is told. */
import { connect, type Link, type ServiceDescriptor } from "@nexus-bridge/sdk-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jsonMessageType } from "./dynamic/message-type.ts";
import { findMethod } from "./dynamic/method.ts";
import { findModel } from "./dynamic/schema.ts";
import { makeWorkspace, nexus, type Running, startNexus } from "./testing/run.ts";

const textOf = (type: string, more = ""): string => `syntax = "proto3";
package shop.v1;
import "shop/v1/receipt.proto";
service Shop {
  rpc Place(Order) returns (Receipt);
}
message Order {
  ${type} id = 1;
  ${more}
}
`;
const receipt = `syntax = "proto3";
package shop.v1;
message Receipt {
  string id = 1;
}
`;
const file = "schema/shop/v1/shop.proto";
const workspace = makeWorkspace({
  "schema/shop/v1/receipt.proto": receipt,
  [file]: textOf("string"),
  "nexus.config.json": JSON.stringify({
    inputs: ["schema"],
    targets: [{ language: "typescript", out: "gen" }],
  }),
});
const { folder } = workspace;
let router: Running;
let environment: Readonly<Record<string, string>>;

async function startRouter(): Promise<void> {
  const listen = ["--listen", "tcp://127.0.0.1:0", "--registry", "kept"];
  router = startNexus(["start", ...listen], { folder });
  environment = { NEXUS_URL: (await router.line("listening")).replace("listening ", "") };
}

const run = (...commandLine: string[]) => nexus(commandLine, { folder, environment });
const push = (version: string, ...more: string[]) =>
  run("schema", "push", "--subject", "shop", "--version", version, ...more);

beforeAll(startRouter, 60_000);
afterAll(async () => {
  router.child.kill("SIGTERM");
  await router.ended;
  workspace[Symbol.dispose]();
}, 60_000);

describe("nexus schema push, pull and list", () => {
  it("shows an empty registry as such", async () => {
    const { code, out, errors } = await run("schema", "list");
    expect({ code, out }).toEqual({ code: 0, out: "" });
    expect(errors).toContain("nexus schema push");
  });

  it("pushes what the config names, once", async () => {
    expect(await push("1.0.0")).toEqual({ code: 0, out: "pushed shop 1.0.0\n", errors: "" });
    const again = await push("1.0.0", "--json");
    expect(JSON.parse(again.out)).toMatchObject({
      created: false,
      version: { subject: "shop", version: "1.0.0", files: 2, services: ["shop.v1.Shop"] },
    });
    await router.line("schemaPushed subject=shop version=1.0.0");
  }, 30_000);

  it("refuses a breaking version, naming file, field and remedy, and says so before", async () => {
    workspace.write(file, textOf("int32"));
    const place = `shop/v1/shop.proto:8:9: breaking: shop.v1.Order.id: `;
    const dry = await push("2.0.0", "--dry-run");
    expect(dry).toMatchObject({ code: 1, out: "breaking with the newest version of shop\n" });
    expect(dry.errors).toContain(place);
    const refused = await push("2.0.0");
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.errors).toContain(place);
    expect(refused.errors).toContain("help: ");
    expect(refused.errors).toContain("FAILED_PRECONDITION (SCHEMA_MISMATCH)");
    const json = await push("2.0.0", "--json");
    expect(JSON.parse(json.errors).error).toMatchObject({ reason: "SCHEMA_MISMATCH" });
    const taken = await push("1.0.0");
    expect(taken.errors).toContain("ALREADY_EXISTS");
    const allowed = await push("2.0.0", "--allow-breaking");
    expect(allowed.out).toBe("pushed shop 2.0.0, breaking with the version before\n");
  }, 60_000);

  it("is what nexus schema check compares with on request", async () => {
    const check = (against: string) => run("schema", "check", "--against", against);
    expect(await check("router:shop")).toEqual({ code: 0, out: "identical\n", errors: "" });
    const old = await check("router:shop@1.0.0");
    expect(old.code).toBe(1);
    expect(old.errors).toContain("schema/shop/v1/shop.proto:8:9: breaking: shop.v1.Order.id");
    expect((await check("router:gone")).errors).toContain('the registry has no "gone"');
    expect(await check("router:")).toMatchObject({ code: 2 });
  }, 30_000);

  it("refuses a schema with problems before it asks a router", async () => {
    workspace.write("bad.proto", "message {");
    const { code, errors } = await run(
      "schema",
      "push",
      "bad.proto",
      "--subject",
      "a",
      "--version",
      "1",
    );
    expect(code).toBe(1);
    expect(errors).toContain("bad.proto:1:9: error");
    const usage = await run("schema", "push", "bad.proto", "--version", "1");
    expect(usage).toMatchObject({ code: 2, out: "" });
    expect(usage.errors).toContain("--subject");
  }, 30_000);

  it("pulls a version to a folder, and writes over nothing unasked", async () => {
    const pull = (...more: string[]) => run("schema", "pull", "shop", "--out", "pulled", ...more);
    const { code, out } = await pull("--version", "1.0.0");
    expect({ code, out }).toEqual({
      code: 0,
      out: "pulled/shop/v1/receipt.proto\npulled/shop/v1/shop.proto\npulled shop 1.0.0\n",
    });
    expect(workspace.read("pulled/shop/v1/shop.proto")).toBe(textOf("string"));
    const refused = await pull();
    expect(refused.code).toBe(1);
    expect(refused.errors).toContain("pulled/shop/v1/shop.proto");
    expect(refused.errors).not.toContain("receipt.proto");
    expect((await pull("--force", "--json")).code).toBe(0);
    expect(workspace.read("pulled/shop/v1/shop.proto")).toBe(textOf("int32"));
    expect((await run("schema", "pull", "gone")).errors).toContain('the registry has no "gone"');
  }, 60_000);

  it("lists versions, also after a restart of the router", async () => {
    const before = await run("schema", "list", "--json");
    expect(
      before.out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { version: "1.0.0", allowedBreaking: false },
      { version: "2.0.0", verdict: "breaking", allowedBreaking: true },
    ]);
    router.child.kill("SIGTERM");
    await router.ended;
    await startRouter();
    expect((await run("schema", "list", "--json")).out).toBe(before.out);
    const { out } = await run("schema", "list", "shop");
    expect(out).toMatch(
      /^shop {2}1\.0\.0 {2}first +\S+ {2}[0-9a-f]{12}\nshop {2}2\.0\.0 {2}breaking, allowed/,
    );
  }, 60_000);
});

interface Handler {
  place(request: unknown): Promise<unknown>;
}

/** The adapter that would be generated from the schema as it stands in the folder. */
async function shop(type: string): Promise<ServiceDescriptor<Handler, Handler>> {
  const place = `${type}/shop/v1/shop.proto`;
  workspace.write(place, textOf(type));
  workspace.write(`${type}/shop/v1/receipt.proto`, receipt);
  const model = await findModel({ schema: [`${folder}/${type}`] });
  if (model === undefined) throw new Error("there is no schema");
  const { request, response } = findMethod(model, "Shop/Place");
  const types = { request: jsonMessageType(request), response: jsonMessageType(response) };
  return {
    typeName: "shop.v1.Shop",
    methods: { place: { name: "Place", shape: "unary", ...types } },
  };
}

describe("a router that knows the schemas", () => {
  const links: Link[] = [];
  const dial = async (): Promise<Link> => {
    const link = await connect((environment.NEXUS_URL ?? "").replace("tcp:", "nexus:"));
    links.push(link);
    return link;
  };
  afterAll(() => Promise.all(links.map((link) => link.close())));
  const handler: Handler = { place: async () => ({ id: "r-1" }) };

  it("refuses a provider that breaks its fellows, and a caller that breaks its provider", async () => {
    const [old, broken] = [await shop("string"), await shop("int32")];
    const served = await (await dial()).serve(old, handler);
    const mismatch = {
      code: "FAILED_PRECONDITION",
      reason: "SCHEMA_MISMATCH",
      message: expect.stringContaining("shop.v1.Order.id"),
    };
    await expect((await dial()).serve(broken, handler)).rejects.toMatchObject(mismatch);
    const caller = await dial();
    expect(await caller.client(old).place({ id: "o-1" })).toEqual({ id: "r-1" });
    const other = (await dial()).client(broken);
    for (const _ of [1, 2]) await expect(other.place({ id: 1 })).rejects.toMatchObject(mismatch);
    await served.drain();
    await (await dial()).serve(broken, handler);
    expect(await other.place({ id: 1 })).toEqual({ id: "r-1" });
    await expect(caller.client(old).place({ id: "o-1" })).rejects.toMatchObject(mismatch);
  }, 30_000);

  it("gives the CLI the schema of a topic", async () => {
    const elsewhere = makeWorkspace();
    const options = { folder: elsewhere.folder, environment };
    const seen = `syntax = "proto3"; package seen.v1; import "nexus/options.proto";
message Seen { option (nexus.topic).name = "seen.{id}"; string id = 1; int64 count = 2; }`;
    elsewhere.write("seen.proto", seen);
    const names = ["--subject", "seen", "--version", "1"];
    await nexus(["schema", "push", "seen.proto", ...names], options);
    const reader = startNexus(["subscribe", "seen.*", "--count", "1", "--json"], options);
    await reader.line("subscribed");
    const published = await nexus(["publish", "seen.a", '{"count": 7}'], options);
    expect(published.out).toContain("published seen.a as seen.v1.Seen");
    expect(JSON.parse((await reader.ended).out)).toMatchObject({
      topic: "seen.a",
      type: "seen.v1.Seen",
      value: { id: "a", count: "7" },
    });
    const wrong = await nexus(["publish", "seen.a", '{"cuont": 7}'], options);
    expect(wrong).toMatchObject({ code: 2, out: "" });
    expect(wrong.errors).toContain("cuont");
    elsewhere[Symbol.dispose]();
  }, 30_000);

  it("gives the CLI the schema of a call", async () => {
    const elsewhere = makeWorkspace();
    const call = (...words: string[]) =>
      nexus(["call", ...words], { folder: elsewhere.folder, environment });
    expect(await call("Shop/Place", '{"id": 3}', "--json")).toEqual({
      code: 0,
      out: '{"id":"r-1"}\n',
      errors: "",
    });
    const health = await call(
      "grpc.health.v1.Health/Check",
      '{"service": "shop.v1.Shop"}',
      "--json",
    );
    expect(health).toMatchObject({ code: 0, out: '{"status":"SERVING"}\n' });
    const lost = await call("shop.v2.Shop/Place");
    expect(lost).toMatchObject({ code: 2, out: "" });
    expect(lost.errors).toContain("nexus schema push");
    elsewhere[Symbol.dispose]();
  }, 30_000);
});
