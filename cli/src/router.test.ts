/** The commands that need a router, run as processes against a real one, with a provider on dynamic types. */
import type { Server } from "node:net";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import type { Message, Model } from "@nexus-bridge/schema";
import { encodeJson } from "@nexus-bridge/schema-dynamic";
import { error } from "@nexus-bridge/sdk/gen1";
import { connect, type Link, type ServiceDescriptor } from "@nexus-bridge/sdk-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesMessageType, jsonMessageType } from "./dynamic/message-type.ts";
import { findMethod } from "./dynamic/method.ts";
import { findModel } from "./dynamic/schema.ts";
import { makeWorkspace, nexus, type Running, startNexus } from "./testing/run.ts";

const schema = fileURLToPath(new URL("../../examples/orders/schema", import.meta.url));
const service = "orders.v1.OrderService";

interface Handler {
  getOrder(request: { id?: string }): Promise<unknown>;
  watchOrders(request: unknown): AsyncIterable<unknown>;
  placeOrders(requests: AsyncIterable<unknown>): Promise<unknown>;
  chat(requests: AsyncIterable<unknown>): AsyncIterable<unknown>;
}

function descriptorOf(model: Model): ServiceDescriptor<never, Handler> {
  const names = { getOrder: "", watchOrders: "", placeOrders: "", chat: "" };
  const methods = Object.keys(names).map((name) => {
    const method = findMethod(model, `${service}/${name}`);
    const types = {
      request: jsonMessageType(method.request),
      response: jsonMessageType(method.response),
    };
    return [name, { name: method.name, shape: method.shape, ...types }] as const;
  });
  return { typeName: service, methods: Object.fromEntries(methods) };
}

function handlerOf(notFound: Message): Handler {
  const missing = error<Uint8Array, Uint8Array>({
    message: bytesMessageType(notFound.fullName, notFound.fingerprint),
    code: "NOT_FOUND",
    retryable: false,
  });
  return {
    getOrder: async ({ id }) => {
      if (id === "gone") throw missing.create(encodeJson(notFound, { id }));
      return { id, revision: "18446744073709551615", status: "ORDER_STATUS_PAID" };
    },
    watchOrders: async function* () {
      yield { id: "o-1" };
      yield { id: "o-2" };
    },
    placeOrders: async (requests) => {
      let accepted = 0;
      for await (const _request of requests) accepted += 1;
      return { accepted };
    },
    chat: (requests) => requests,
  };
}

let router: Running;
let url: string;
let link: Link;
const workspace = makeWorkspace();
const { folder } = workspace;

beforeAll(async () => {
  router = startNexus(["start", "--listen", "tcp://127.0.0.1:0"], { folder });
  url = (await router.line("listening")).replace("listening tcp:", "nexus:");
  const model = await findModel({ schema: [schema] });
  const notFound = model?.messages.get("orders.v1.OrderNotFound");
  if (model === undefined || notFound === undefined)
    throw new Error("the example's schema is gone");
  link = await connect(url);
  await link.serve(descriptorOf(model), handlerOf(notFound));
}, 60_000);

afterAll(async () => {
  await link.close();
  router.child.kill("SIGTERM");
  const { code, errors } = await router.ended;
  workspace[Symbol.dispose]();
  expect(errors).toContain("draining");
  expect(code).toBe(0);
}, 60_000);

function call(...commandLine: readonly string[]) {
  return nexus(["call", ...commandLine, "--schema", schema, "--url", url], { folder });
}

describe("nexus call", () => {
  it("prints a reply, with 64-bit numbers exact and enums by name", async () => {
    const { code, out, errors } = await call("OrderService/GetOrder", '{"id": "o-1"}');
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(JSON.parse(out)).toMatchObject({
      id: "o-1",
      revision: "18446744073709551615",
      status: "ORDER_STATUS_PAID",
    });
  });

  it("prints the replies of a stream one a line under --json", async () => {
    const { code, out } = await call(`${service}/WatchOrders`, "--json");
    expect(code).toBe(0);
    const ids = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).id);
    expect(ids).toEqual(["o-1", "o-2"]);
  });

  it("sends a stream from the lines of stdin, and chats", async () => {
    const flags = ["--schema", schema, "--url", url, "--json"];
    const placed = await nexus(["call", `${service}/PlaceOrders`, "-", ...flags], {
      folder,
      input: '{"idempotencyKey": "a"}\n\n{"idempotencyKey": "b"}\n',
    });
    expect(JSON.parse(placed.out)).toMatchObject({ accepted: 2 });
    const chat = await nexus(["call", `${service}/Chat`, ...flags], {
      folder,
      input: '{"text": "one"}\n{"text": "two"}\n',
    });
    const texts = chat.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).text);
    expect(texts).toEqual(["one", "two"]);
  });

  it("prints code, message and typed details of an error, and exits 1", async () => {
    const plain = await call(`${service}/GetOrder`, '{"id": "gone"}');
    expect(plain).toMatchObject({ code: 1, out: "" });
    expect(plain.errors).toContain("nexus: NOT_FOUND: ");
    expect(plain.errors).toContain('orders.v1.OrderNotFound: {"id":"gone"}');
    const json = await call(`${service}/GetOrder`, '{"id": "gone"}', "--json");
    expect(JSON.parse(json.errors).error).toMatchObject({
      code: "NOT_FOUND",
      details: [{ type: "orders.v1.OrderNotFound", value: { id: "gone" } }],
    });
  });

  it.each([
    [["OrderService/GetOrdr"], 1, 'did you mean "GetOrder"?'],
    [["OrderServise/GetOrder"], 1, 'did you mean "OrderService"?'],
    [["GetOrder"], 2, "write service/method"],
    [["OrderService/GetOrder", "{"], 2, "the request is no JSON"],
    [["OrderService/GetOrder", '{"idd": "x"}'], 2, "idd"],
    [["InventoryService/CheckStock", '{"sku": "x"}'], 1, "UNAVAILABLE"],
  ])("%j exits %i and says what to do", async (commandLine, expected, text) => {
    const { code, out, errors } = await call(...commandLine);
    expect(errors).toContain(text);
    expect({ code, out }).toEqual({ code: expected, out: "" });
  });

  it.each([
    ["{", "request on line 2 of stdin is no JSON"],
    ['{"textt": "x"}', "the request is no orders.v1.ChatMessage"],
  ])("stops a stream at the line %s of stdin and says what is wrong", async (line, text) => {
    const command = ["call", `${service}/Chat`, "--schema", schema, "--url", url];
    const { code, errors } = await nexus(command, { folder, input: `{"text": "a"}\n${line}\n` });
    expect(errors).toContain(text);
    expect(code).toBe(2);
  });

  it("names the schema and the router where they are missing", async () => {
    const none = await nexus(["call", "A/B", "--url", url], { folder });
    expect(none).toMatchObject({ code: 2 });
    expect(none.errors).toContain("--schema");
    const command = ["call", "OrderService/GetOrder", "--schema", schema, "--timeout", "1s"];
    const gone = await nexus([...command, "--url", "nexus://127.0.0.1:1"], { folder });
    expect(gone).toMatchObject({ code: 1, out: "" });
    expect(gone.errors).toContain("UNAVAILABLE");
    expect(gone.errors).toContain("nexus start");
  });
});

describe("nexus publish and nexus subscribe", () => {
  it("carry typed events, JSON of unknown topics, and metadata", async () => {
    const flags = ["--schema", schema, "--url", url];
    const subscriber = startNexus(["subscribe", ">", "--json", "--count", "2", ...flags], {
      folder,
    });
    await subscriber.line("subscribed >");
    const typed = await nexus(
      ["publish", "orders.eu.created", '{"orderId": "o-1"}', "-m", "x-tenant=a", ...flags],
      { folder },
    );
    expect(typed).toMatchObject({ code: 0, errors: "" });
    expect(typed.out).toContain("as orders.v1.OrderCreated");
    const json = await nexus(["publish", "plant.level", "-", "--json", ...flags], {
      folder,
      input: '{"level": 3}',
    });
    expect(JSON.parse(json.out)).toMatchObject({ topic: "plant.level" });
    const { code, out } = await subscriber.ended;
    expect(code).toBe(0);
    const [first, second] = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({
      kind: "event",
      topic: "orders.eu.created",
      type: "orders.v1.OrderCreated",
      value: { region: "eu", orderId: "o-1" },
      metadata: { "x-tenant": "a" },
    });
    expect(second).toMatchObject({ topic: "plant.level", value: { level: 3 } });
  });

  it.each([
    ["orders.eu.created", '{"region": "us"}', 'the topic orders.eu.created says "eu"'],
    ["orders.eu.created", '{"orderID": 1}', "orderID"],
    ["orders.eu.created", "[]", "must be a JSON object"],
    ["plant.level", "{", "the message is no JSON"],
  ])("publish %s %s exits 2 and says what is wrong", async (topic, message, text) => {
    const command = ["publish", topic, message, "--schema", schema, "--url", url];
    const { code, out, errors } = await nexus(command, { folder });
    expect(errors).toContain(text);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });

  it("ends a subscription with 0 on Ctrl-C, and refuses a pattern that is none", async () => {
    const subscriber = startNexus(["subscribe", "orders.>", "--url", url], { folder });
    await subscriber.line("subscribed");
    subscriber.child.kill("SIGINT");
    expect(await subscriber.ended).toMatchObject({ code: 0, out: "" });
    const wrong = await nexus(["subscribe", "a..b", "--url", url], { folder });
    expect(wrong).toMatchObject({ code: 1, out: "" });
    expect(wrong.errors).toContain("INVALID_ARGUMENT");
  });
});

describe("Ctrl-C", () => {
  it("ends a call that has no end with 1, and says no more than that", async () => {
    const command = ["call", "nexus.router.v1.Monitor/Tail", "--json", "--url", url];
    const tail = startNexus(command, { folder });
    let isShown = false;
    // The tail sees the calls of others: when it has printed one it is in the middle of its work.
    const calls = (async () => {
      const health = ["call", "grpc.health.v1.Health/Check", "--url", url];
      for (let left = 10; left > 0 && !isShown; left -= 1) await nexus(health, { folder });
    })();
    await tail.line("Health/Check");
    isShown = true;
    tail.child.kill("SIGINT");
    expect(await tail.ended).toMatchObject({ code: 1, errors: "nexus: interrupted\n" });
    await calls;
  }, 60_000);
});

describe("nexus start", () => {
  it("names the flag when the port is taken", async () => {
    const taken: Server = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const address = taken.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const command = ["start", "--listen", `tcp://127.0.0.1:${port}`];
    const { code, out, errors } = await nexus(command, { folder });
    taken.close();
    expect(errors).toContain(`127.0.0.1:${port}`);
    expect(errors).toContain("--listen");
    expect({ code, out }).toEqual({ code: 1, out: "" });
  });

  it("lets pages of the named origins connect, and no others", async () => {
    const listen = ["start", "--listen", "tcp://127.0.0.1:0"];
    const running = startNexus([...listen, "--allow-origin", "http://localhost:5173/"], { folder });
    const address = await running.line("listening");
    const health = `${address.replace("listening tcp:", "http:")}/healthz`;
    const statusFor = async (origin: string) =>
      (await fetch(health, { headers: { origin } })).status;
    expect(await statusFor("http://localhost:5173")).toBe(200);
    expect(await statusFor("http://localhost:5174")).toBe(403);
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(0);
    const wrong = await nexus([...listen, "--allow-origin", "localhost"], { folder });
    expect(wrong).toMatchObject({ code: 2, out: "" });
    expect(wrong.errors).toContain("http://localhost:5173");
  });

  it("logs events as JSON on request", async () => {
    const command = ["start", "--listen", "tcp://127.0.0.1:0", "--log-format", "json"];
    const running = startNexus(command, { folder });
    const address = await running.line("listening");
    const other = await connect(address.replace("listening tcp:", "nexus:"));
    const event = JSON.parse(await running.line("{"));
    expect(event).toMatchObject({ kind: expect.any(String), time: expect.any(String) });
    await other.close();
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(0);
  });
});

describe("nexus doctor", () => {
  it("shows tools and the router, for people and as JSON", async () => {
    const plain = await nexus(["doctor", "--url", url], { folder });
    expect(plain).toMatchObject({ code: 0, errors: "" });
    expect(plain.out).toMatch(/^ok +nexus +node \d+\./);
    expect(plain.out).toContain(`ok       router      ${url}`);
    const json = await nexus(["doctor", "--json"], {
      folder,
      environment: { NEXUS_URL: "nexus://127.0.0.1:1", PATH: "" },
    });
    expect(JSON.parse(json.out)).toMatchObject({
      router: { url: "nexus://127.0.0.1:1", isReachable: false },
      languages: expect.arrayContaining([
        expect.objectContaining({
          name: "python",
          isUsable: false,
          tools: [expect.objectContaining({ command: "python3", install: expect.any(String) })],
        }),
      ]),
    });
  });
});
