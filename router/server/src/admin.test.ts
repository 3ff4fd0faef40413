import { once } from "node:events";
import { request } from "node:http";
import { createServer } from "node:net";
import { Flag, FrameType, wire } from "@nexus-bridge/protocol";
import { afterEach, describe, expect, test } from "vitest";
import { type RouterOptions, type RunningRouter, startRouter } from "./start.ts";
import { RawClient } from "./testing/raw-client.ts";

const running: RunningRouter[] = [];
const clients: RawClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(running.splice(0).map((router) => router.close()));
});

async function start(options: RouterOptions = {}): Promise<RunningRouter> {
  const listen = ["tcp://127.0.0.1:0"];
  const router = await startRouter({ listen, admin: "127.0.0.1:0", ...options });
  running.push(router);
  return router;
}

async function dial(router: RunningRouter): Promise<RawClient> {
  const client = await RawClient.dial(router.addresses[0] ?? "");
  clients.push(client);
  return client;
}

const text = async (router: RunningRouter, path: string) =>
  await (await fetch(`${router.admin}${path}`)).text();

/** A request whose headers fetch would not send. */
async function statusWith(router: RunningRouter, headers: Record<string, string>, method = "GET") {
  const asked = request(`${router.admin}/healthz`, { headers, method }).end();
  const [response] = await once(asked, "response");
  response.resume();
  return response.statusCode;
}

/** One call that is answered, and one that nobody serves. */
async function callTwice(router: RunningRouter) {
  const server = await dial(router);
  const payload = wire.Register.encode({
    service: "demo.Echo",
    instance: "a",
    methods: [{ name: "Say", kind: 1 }],
  });
  server.send({ type: FrameType.REGISTER, stream: 1, payload });
  await server.next(FrameType.REGISTERED);
  const client = await dial(router);
  const open = (stream: number, name: string) => ({
    type: FrameType.OPEN,
    flags: Flag.END,
    stream,
    meta: { name },
    payload: new Uint8Array(3),
  });
  client.send(open(1, "demo.Echo/Say"));
  const { stream } = await server.next(FrameType.OPEN);
  server.send({ type: FrameType.DATA, flags: Flag.END, stream, payload: new Uint8Array(5) });
  await client.next(FrameType.DATA);
  client.send(open(3, "demo.None/Say"));
  await client.next(FrameType.STATUS);
  return { server, client };
}

describe("the admin listener", () => {
  test("is not there unless it was asked for", async () => {
    const router = await startRouter({ listen: ["tcp://127.0.0.1:0"] });
    running.push(router);
    expect(router.admin).toBeUndefined();
  });

  test("says that the router lives and is ready, and that it is not while it drains", async () => {
    const router = await start();
    const { server, client } = await callTwice(router);
    expect((await fetch(`${router.admin}/healthz`)).status).toBe(200);
    expect((await fetch(`${router.admin}/readyz`)).status).toBe(200);
    const drained = router.drain();
    await client.next(FrameType.GOAWAY);
    expect((await fetch(`${router.admin}/readyz`)).status).toBe(503);
    expect((await fetch(`${router.admin}/healthz`)).status).toBe(200);
    expect(await text(router, "/metrics")).toContain("\nnexus_draining 1\n");
    client.answerPings();
    server.answerPings();
    await Promise.all([client.next(FrameType.CLOSE), server.next(FrameType.CLOSE)]);
    client.close();
    server.close();
    await drained;
    await expect(fetch(`${router.admin}/healthz`)).rejects.toThrow();
  });

  test("shows what was called in metrics and traces", async () => {
    const router = await start();
    await callTwice(router);
    const lines = (await text(router, "/metrics")).split("\n");
    expect(lines).toContain("nexus_links 2");
    expect(lines).toContain('nexus_calls_total{method="demo.Echo/Say",code="OK"} 1');
    expect(lines).toContain('nexus_call_duration_seconds_count{method="demo.Echo/Say"} 1');
    expect(lines).toContain('nexus_refusals_total{what="call",code="UNAVAILABLE"} 1');
    expect(lines).toContain("nexus_calls_refused_total 1");
    const { sample, entries } = JSON.parse(await text(router, "/trace"));
    expect(sample).toBe(1);
    expect(entries).toMatchObject([
      { kind: "refused", link: 2, stream: 3, name: "call demo.None/Say", outcome: "UNAVAILABLE" },
      {
        kind: "call",
        link: 2,
        stream: 1,
        name: "demo.Echo/Say",
        responder: { link: 1, stream: 2, instance: "a" },
        outcome: "OK",
        requestBytes: 3,
        responseBytes: 5,
      },
    ]);
    const found = JSON.parse(await text(router, "/trace?kind=call&name=Echo&outcome=OK&limit=5"));
    expect(found.entries).toHaveLength(1);
  });

  test("keeps no trace once it is told to sample nothing", async () => {
    const router = await start({ traceSample: 0 });
    await callTwice(router);
    expect(JSON.parse(await text(router, "/trace")).entries).toEqual([]);
    router.configure({ traceSample: 1 });
    const client = await dial(router);
    client.send({ type: FrameType.PUBLISH, meta: { name: "a.b" }, payload: new Uint8Array(2) });
    client.send({ type: FrameType.OPEN, flags: Flag.END, stream: 1, meta: { name: "a.B/C" } });
    await client.next(FrameType.STATUS);
    const { entries } = JSON.parse(await text(router, "/trace"));
    expect(entries).toMatchObject([
      { kind: "refused" },
      { kind: "message", name: "a.b", bytes: 2, receivers: 0 },
    ]);
  });

  test("refuses hosts and origins that are not of this machine, and other methods", async () => {
    const router = await start();
    const own = new URL(router.admin ?? "").host;
    expect(await statusWith(router, { host: "evil.example" })).toBe(403);
    expect(await statusWith(router, { host: "10.0.0.1" })).toBe(403);
    expect(await statusWith(router, { host: "localhost:1" })).toBe(200);
    expect(await statusWith(router, { host: "[::1]:1" })).toBe(200);
    expect(await statusWith(router, { host: own, origin: "http://evil.example" })).toBe(403);
    expect(await statusWith(router, { host: own, origin: `http://${own}` })).toBe(200);
    expect(await statusWith(router, { host: own }, "POST")).toBe(405);
    expect(await statusWith(router, { host: own }, "HEAD")).toBe(200);
  });

  test.each([
    ["/trace?limit=0", 400, "limit is a whole number"],
    ["/trace?kind=x", 400, "kind is call, refused, message"],
    ["/trace?topic=x", 400, "not topic"],
    ["/nothing", 404, "/metrics"],
  ])("answers %s with what there is", async (path, status, words) => {
    const router = await start();
    const response = await fetch(`${router.admin}${path}`);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(words);
  });

  test("names a taken port and leaves nothing open", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const address = taken.address();
    const port = typeof address === "object" ? address?.port : 0;
    await expect(start({ admin: `127.0.0.1:${port}` })).rejects.toThrow(
      "use --admin 127.0.0.1:<port>",
    );
    const free = await start();
    const again = start({ listen: [free.addresses[0] ?? ""] });
    await expect(again).rejects.toThrow("in use");
    taken.close();
  });
});

describe("a router that is configured anew", () => {
  test("lets in the origins that are named now, and no others", async () => {
    const router = await start({ allowedOrigins: ["http://old.example"] });
    const health = `${router.addresses[0]?.replace("tcp:", "http:")}/healthz`;
    const statusFor = async (origin: string) =>
      (await fetch(health, { headers: { origin } })).status;
    expect(await statusFor("http://old.example")).toBe(200);
    router.configure({ allowedOrigins: ["http://new.example"] });
    expect(await statusFor("http://old.example")).toBe(403);
    expect(await statusFor("http://new.example")).toBe(200);
  });
});
