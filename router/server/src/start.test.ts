import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Code, encodeFrame, Flag, FrameType, LinkCode, typeAt, wire } from "@nexus-bridge/protocol";
import type { RouterEvent } from "@nexus-bridge/router-core";
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
  const router = await startRouter({ listen: ["tcp://127.0.0.1:0"], ...options });
  running.push(router);
  return router;
}

async function dial(router: RunningRouter, index = 0): Promise<RawClient> {
  const client = await RawClient.dial(router.addresses[index] ?? "");
  clients.push(client);
  return client;
}

const utf8 = (text: string) => new TextEncoder().encode(text);

async function serveEcho(client: RawClient, service = "demo.Echo"): Promise<void> {
  const payload = wire.Register.encode({
    service,
    methods: [{ name: "Say", kind: 1 }],
  });
  client.send({ type: FrameType.REGISTER, stream: 1, payload });
  expect((await client.next(FrameType.REGISTERED)).arg).toBe(0);
}

const say = (stream: number, text: string, service = "demo.Echo") => ({
  type: FrameType.OPEN,
  flags: Flag.END,
  stream,
  meta: { name: `${service}/Say` },
  payload: utf8(text),
});

async function roundTrip(router: RunningRouter, index: number): Promise<void> {
  const service = `demo.Echo${index}`;
  const server = await dial(router, index);
  await serveEcho(server, service);
  const client = await dial(router, index);
  client.send(say(1, "hello", service));
  const open = await server.next(FrameType.OPEN);
  server.send({
    type: FrameType.DATA,
    flags: Flag.END,
    stream: open.stream,
    payload: open.payload,
  });
  const answer = await client.next(FrameType.DATA);
  expect(new TextDecoder().decode(answer.payload)).toBe("hello");
  client.send({
    type: FrameType.SUBSCRIBE,
    stream: 3,
    arg: 10,
    payload: wire.Subscribe.encode({ pattern: "a.*" }),
  });
  await client.next(FrameType.SUBSCRIBED);
  server.send({ type: FrameType.PUBLISH, meta: { name: "a.b" }, payload: new Uint8Array(300_000) });
  expect((await client.next(FrameType.EVENT)).payload).toHaveLength(300_000);
}

describe("a running router", () => {
  test("serves calls and topics over TCP, IPv6 and a Unix socket", async () => {
    const folder = await mkdtemp(join(tmpdir(), "nexus-router-"));
    try {
      const router = await start({
        listen: ["tcp://127.0.0.1:0", "tcp://[::1]:0", `unix://${join(folder, "r.sock")}`],
      });
      expect(router.addresses).toHaveLength(3);
      expect(router.addresses[2]).toBe(`unix://${join(folder, "r.sock")}`);
      for (const index of [0, 1, 2]) await roundTrip(router, index);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("keeps messages of the topics that it was told to, from the first on", async () => {
    const router = await start({ rings: ["orders.>"] });
    const client = await dial(router);
    const payload = utf8("x");
    const publish = (name: string) => ({ type: FrameType.PUBLISH, meta: { name }, payload });
    client.send(publish("orders.1"));
    client.send(publish("other"));
    client.send({ type: FrameType.PING, payload: new Uint8Array(8) });
    await client.next(FrameType.PONG);
    expect(router.stats()).toMatchObject({ published: 2, stored: 1, keptTopics: 1 });
    router.configure({ rings: ["other"] });
    client.send(publish("other"));
    client.send({ type: FrameType.PING, payload: new Uint8Array(8) });
    await client.next(FrameType.PONG);
    expect(router.stats()).toMatchObject({ published: 3, stored: 2, keptMessages: 2 });
  });

  test("reads on from a link whose messages had to wait for their turns", async () => {
    const router = await start();
    const client = await dial(router);
    const subscriptions = 300;
    for (let at = 0; at < subscriptions; at++) {
      const payload = wire.Subscribe.encode({ pattern: "a" });
      client.send({ type: FrameType.SUBSCRIBE, stream: 1 + 2 * at, payload });
    }
    // Without credit nothing leaves: what takes time is to find a place for each.
    const messages = 400;
    for (let at = 0; at < messages; at++) {
      client.send({ type: FrameType.PUBLISH, meta: { name: "a" }, payload: utf8("x") });
    }
    client.send({ type: FrameType.PING, payload: new Uint8Array(8) });
    await client.next(FrameType.PONG);
    expect(router.stats()).toMatchObject({ published: messages, subscriptions });
    client.send({ type: FrameType.PING, payload: new Uint8Array(8) });
    await client.next(FrameType.PONG);
  });

  test("names a taken port and the flag that changes it", async () => {
    const router = await start();
    const taken = router.addresses[0] ?? "";
    const failing = startRouter({ listen: [taken] });
    await expect(failing).rejects.toThrow(taken);
    await expect(failing).rejects.toThrow("use --listen tcp://127.0.0.1:<port>");
  });

  test.each([
    ["tcp://0.0.0.0:0", "no authentication"],
    ["tcp://192.168.1.1:5673", "no authentication"],
    ["http://127.0.0.1:5673", "tcp://, tls:// or unix://"],
    ["127.0.0.1:5673", "is no address"],
    ["unix://", "socket file"],
  ])("refuses to listen on %s", async (address, words) => {
    await expect(startRouter({ listen: [address] })).rejects.toThrow(words);
  });

  test("lets calls in flight end while it drains, then closes", async () => {
    const router = await start();
    const server = await dial(router);
    await serveEcho(server);
    const client = await dial(router);
    client.send(say(1, "hello"));
    const open = await server.next(FrameType.OPEN);
    const drained = router.drain();
    await client.next(FrameType.GOAWAY);
    client.answerPings();
    server.answerPings();
    server.send({
      type: FrameType.DATA,
      flags: Flag.END,
      stream: open.stream,
      payload: open.payload,
    });
    expect((await client.next(FrameType.DATA)).stream).toBe(1);
    expect((await client.next(FrameType.CLOSE)).arg).toBe(LinkCode.SHUTTING_DOWN);
    expect((await server.next(FrameType.UNREGISTERED)).stream).toBe(1);
    client.close();
    server.close();
    await drained;
    expect(router.stats()).toMatchObject({ links: 0, callsInFlight: 0 });
  });

  test("outlives a client that sends rubbish, and says so", async () => {
    const events: RouterEvent[] = [];
    const router = await start({ onEvent: (event) => events.push(event) });
    const rude = await dial(router);
    rude.raw(new Uint8Array(64).fill(255));
    expect((await rude.next(FrameType.ERROR)).arg).toBe(LinkCode.HEADER_CRC);
    await roundTrip(router, 0);
    const closed = events.find((event) => event.kind === "linkClosed");
    expect(closed).toMatchObject({ code: LinkCode.HEADER_CRC });
  });

  test("survives a listener for events that throws", async () => {
    const router = await start({
      onEvent: () => {
        throw new Error("a broken logger");
      },
    });
    await roundTrip(router, 0);
  });

  test("serves WebSocket links on the same port, without a preface", async () => {
    const router = await start();
    const url = router.addresses[0]?.replace("tcp:", "ws:") ?? "";
    const socket = new WebSocket(url, "nexus.v1.bin");
    socket.binaryType = "arraybuffer";
    await once(socket, "open");
    const payload = wire.Hello.encode({ wireMin: 1, wireMax: 1 });
    socket.send(encodeFrame({ type: FrameType.HELLO, payload }).slice());
    const [{ data }] = (await once(socket, "message")) as [{ data: ArrayBuffer }];
    expect(typeAt(new DataView(data), 0)).toBe(FrameType.WELCOME);
    socket.close();
    await once(socket, "close");
  });

  test("answers /healthz on the same port", async () => {
    const router = await start();
    const response = await fetch(`${router.addresses[0]?.replace("tcp:", "http:")}/healthz`);
    expect(response.status).toBe(200);
  });

  test("ends a call whose deadline passed", async () => {
    const router = await start();
    const server = await dial(router);
    await serveEcho(server);
    const client = await dial(router);
    client.send({ ...say(1, "hello"), arg: 30 });
    expect((await client.next(FrameType.STATUS)).arg).toBe(Code.DEADLINE_EXCEEDED);
    expect((await server.next(FrameType.CANCEL)).stream).toBe(2);
  });
});

describe("the router's process", () => {
  test("says where it listens, and ends with 0 on SIGTERM", async () => {
    const main = fileURLToPath(new URL("./main.ts", import.meta.url));
    const child = spawn(
      process.execPath,
      ["--conditions=@nexus-bridge/source", main, "--listen", "tcp://127.0.0.1:0"],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    try {
      const lines = createInterface({ input: child.stdout });
      const [line] = (await once(lines, "line")) as [string];
      expect(line).toMatch(/^listening tcp:\/\/127\.0\.0\.1:\d+$/);
      const port = Number(line.split(":").at(-1));
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      socket.destroy();
      child.kill("SIGTERM");
      const [code] = (await once(child, "exit")) as [number];
      expect(code).toBe(0);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
