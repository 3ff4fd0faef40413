import { link, rm, stat, writeFile } from "node:fs/promises";
import { get, request } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { JSON_SUBPROTOCOL, SUBPROTOCOL } from "@nexus-bridge/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import {
  dialTcp,
  dialUnix,
  type Listener,
  type ListenOptions,
  listen,
  socketAddress,
} from "./index.ts";
import { unixUrl } from "./testing/pairs.ts";
import { Recorder } from "./testing/recorder.ts";

const signal = new AbortController().signal;
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(options: Partial<ListenOptions> = {}): Promise<Listener> {
  const listener = await listen({ url: "nexus://127.0.0.1:0", accept: () => {}, ...options });
  closing.push(() => listener.close());
  return listener;
}

function socketTo(listener: Listener): Socket {
  const socket = connect(Number(listener.url.port), "127.0.0.1");
  closing.push(() => socket.destroy());
  return socket.on("error", () => {});
}

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.resume().once("close", () => resolve()));

describe("a listener", () => {
  it("says which address is taken", async () => {
    const first = await start();
    const second = listen({ url: first.url, accept: () => {} });
    await expect(second).rejects.toMatchObject({
      code: "EADDRINUSE",
      address: first.url.host,
      message: expect.stringContaining(`cannot listen on ${first.url.host}`),
    });
  });

  it("closes a client that begins with neither a preface nor a letter", async () => {
    const socket = socketTo(await start());
    socket.write(Uint8Array.of(0x16, 3, 1));
    await closed(socket);
    expect(socket.bytesRead).toBe(0);
  });

  it("closes a client that says nothing", async () => {
    const socket = socketTo(await start({ firstByteTimeoutMs: 20 }));
    await closed(socket);
    expect(socket.bytesRead).toBe(0);
  });

  it("closes an HTTP request that never ends", async () => {
    const socket = socketTo(await start({ firstByteTimeoutMs: 20 }));
    socket.write("GET /healthz HTTP/1.1\r\n");
    await closed(socket);
    expect(socket.bytesRead).toBe(0);
  });

  it("accepts a native link that comes byte by byte", async () => {
    const accepted = Promise.withResolvers<Recorder>();
    const listener = await start({ accept: (channel) => accepted.resolve(new Recorder(channel)) });
    const socket = socketTo(listener);
    socket.write(Uint8Array.of(0x89));
    const server = await accepted.promise;
    socket.write(Uint8Array.of(0x4e));
    await server.received(2);
    expect(server.bytes).toEqual(Uint8Array.of(0x89, 0x4e));
    expect(server.channel.remote).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it("accepts nothing after it was closed, while its links go on", async () => {
    const accepted = Promise.withResolvers<Recorder>();
    const listener = await start({ accept: (channel) => accepted.resolve(new Recorder(channel)) });
    const socket = socketTo(listener);
    socket.write(Uint8Array.of(0x89));
    const server = await accepted.promise;
    await listener.close();
    await expect(dialTcp(listener.url, { signal })).rejects.toMatchObject({ code: "ECONNREFUSED" });
    socket.write(Uint8Array.of(1));
    await server.received(2);
  });
});

describe("the HTTP side of a listener", () => {
  const status = (listener: Listener, path: string, headers: Record<string, string> = {}) =>
    new Promise<number | undefined>((resolve, reject) => {
      get(
        { host: "127.0.0.1", port: listener.url.port, path, headers, agent: false },
        (response) => {
          response.resume().once("end", () => resolve(response.statusCode));
        },
      ).once("error", reject);
    });

  it("answers health probes, and 404 to all else", async () => {
    let healthy = true;
    const listener = await start({ healthy: () => healthy });
    expect(await status(listener, "/healthz")).toBe(200);
    healthy = false;
    expect(await status(listener, "/healthz")).toBe(503);
    expect(await status(listener, "/")).toBe(404);
  });

  it("refuses hosts and origins of somebody else", async () => {
    const listener = await start({
      allowedHosts: ["bus.example"],
      allowedOrigins: ["https://app.example"],
    });
    expect(await status(listener, "/healthz", { host: "evil.example" })).toBe(403);
    expect(await status(listener, "/healthz", { host: "bus.example" })).toBe(200);
    expect(await status(listener, "/healthz", { host: "localhost:5673" })).toBe(200);
    expect(await status(listener, "/healthz", { host: "[::1]:5673" })).toBe(200);
    expect(await status(listener, "/healthz", { origin: "http://evil.example" })).toBe(403);
    expect(await status(listener, "/healthz", { origin: "null" })).toBe(403);
    expect(await status(listener, "/healthz", { origin: "https://app.example" })).toBe(200);
    const same = { host: "localhost:80", origin: "http://localhost:80" };
    expect(await status(listener, "/healthz", { ...same, origin: "http://localhost:81" })).toBe(
      403,
    );
    expect(
      await status(listener, "/healthz", { host: "localhost:81", origin: "http://localhost:81" }),
    ).toBe(200);
  });

  const upgradeStatus = (listener: Listener, headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const asked = request({
        host: "127.0.0.1",
        port: listener.url.port,
        agent: false,
        headers: {
          connection: "Upgrade",
          upgrade: "websocket",
          "sec-websocket-version": "13",
          "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
          ...headers,
        },
      });
      asked.once("response", (response) => {
        response.resume().once("end", () => resolve(response.statusCode));
      });
      asked.once("upgrade", (response, socket) => {
        socket.destroy();
        resolve(response.statusCode);
      });
      asked.once("error", reject).end();
    });

  it("upgrades only the subprotocol it speaks, from whom it may", async () => {
    const listener = await start();
    const subprotocol = { "sec-websocket-protocol": `other, ${SUBPROTOCOL}` };
    expect(await upgradeStatus(listener, subprotocol)).toBe(101);
    expect(await upgradeStatus(listener, {})).toBe(400);
    expect(await upgradeStatus(listener, { "sec-websocket-protocol": "nexus.v9" })).toBe(400);
    expect(await upgradeStatus(listener, { ...subprotocol, origin: "http://evil.example" })).toBe(
      403,
    );
    expect(await upgradeStatus(listener, { ...subprotocol, host: "evil.example" })).toBe(403);
  });

  it("keeps an upgraded link beyond the time a request may take", async () => {
    const accepted = Promise.withResolvers<Recorder>();
    const listener = await start({
      firstByteTimeoutMs: 30,
      accept: (channel) => accepted.resolve(new Recorder(channel)),
    });
    const socket = new WebSocket(`ws://${listener.url.host}`, [SUBPROTOCOL]);
    closing.push(() => socket.terminate());
    const server = await accepted.promise;
    // A later client of the same listener is timed out; the link that was first must outlive it.
    await closed(socketTo(listener));
    socket.send(Uint8Array.of(1, 2, 3));
    await server.received(3);
    expect(server.told).toEqual([]);
  });

  it("closes a link that sends text", async () => {
    const listener = await start({ accept: (channel) => void new Recorder(channel) });
    const socket = new WebSocket(`ws://${listener.url.host}`, [SUBPROTOCOL]);
    socket.once("open", () => socket.send("{}"));
    const code = await new Promise((resolve) => socket.once("close", resolve));
    expect(code).toBe(1003);
  });
});

describe("a Unix listener", () => {
  it("takes over the file that a killed process left behind", async () => {
    const url = unixUrl();
    const { pathname } = new URL(url);
    const dead = createServer().listen(pathname);
    await new Promise((resolve) => dead.once("listening", resolve));
    const left = `${pathname}.left`;
    await link(pathname, left);
    await new Promise((resolve) => dead.close(resolve));
    const listener = await start({ url: `${url}.left` });
    const channel = await dialUnix(listener.url, { signal });
    channel.destroy();
    await listener.close();
    await rm(left, { force: true });
  });

  it("leaves the socket of a living process and files that are none alone", async () => {
    const first = await start({ url: unixUrl() });
    await expect(listen({ url: first.url, accept: () => {} })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
    const url = unixUrl();
    const { pathname } = new URL(url);
    await writeFile(pathname, "precious");
    closing.push(() => rm(pathname));
    await expect(listen({ url, accept: () => {} })).rejects.toMatchObject({ code: "EADDRINUSE" });
    expect((await stat(pathname)).size).toBe(8);
  });
});

describe("dialling", () => {
  it("names the address and the cause of a refusal", async () => {
    const listener = await start();
    await listener.close();
    await expect(dialTcp(listener.url, { signal })).rejects.toMatchObject({
      code: "ECONNREFUSED",
      message: expect.stringContaining(`cannot connect to ${listener.url.host}`),
    });
    await expect(dialUnix(new URL(unixUrl()), { signal })).rejects.toMatchObject({
      code: "ENOENT",
    });
  });

  it("finds the address of a name that has several", async () => {
    const accepted = Promise.withResolvers<Recorder>();
    const listener = await start({ accept: (channel) => accepted.resolve(new Recorder(channel)) });
    const client = new Recorder(
      await dialTcp(new URL(`nexus://localhost:${listener.url.port}`), { signal }),
    );
    client.channel.write(Uint8Array.of(0x89));
    const server = await accepted.promise;
    server.channel.write(Uint8Array.of(1, 2));
    await client.received(2);
    client.channel.destroy();
    server.channel.destroy();
  });

  it("stops when its signal is aborted", async () => {
    const listener = await start();
    const controller = new AbortController();
    const dialling = dialTcp(listener.url, { signal: controller.signal });
    controller.abort(new Error("too long"));
    await expect(dialling).rejects.toThrow("too long");
    await expect(dialTcp(listener.url, { signal: controller.signal })).rejects.toThrow("too long");
  });

  it("refuses URLs of another kind", async () => {
    await expect(dialTcp(new URL(unixUrl()), { signal })).rejects.toThrow("not an address of tcp");
    expect(() => socketAddress(new URL("http://127.0.0.1"))).toThrow("scheme");
    expect(() => socketAddress(new URL("unix://host/path"))).toThrow("nexus+unix:///path");
    expect(socketAddress(new URL("nexus://[::1]"))).toEqual({
      kind: "tcp",
      host: "::1",
      port: 5673,
    });
  });
});

describe("JSON lines", () => {
  it("are given to who asked for them, with the byte that told them apart", async () => {
    const accepted = Promise.withResolvers<{ server: Recorder; waitedMs: number }>();
    const listener = await start({
      acceptJson: (channel, waitedMs) =>
        accepted.resolve({ server: new Recorder(channel), waitedMs }),
    });
    const socket = socketTo(listener);
    socket.write('{"t":"HELLO"}\n');
    const { server, waitedMs } = await accepted.promise;
    await server.received(14);
    expect(server.text).toBe('{"t":"HELLO"}\n');
    expect(server.channel.transport).toBe("json");
    expect(waitedMs).toBeGreaterThan(0);
  });

  it("are closed without a byte where nobody asked", async () => {
    const socket = socketTo(await start());
    socket.write("{");
    await closed(socket);
    expect(socket.bytesRead).toBe(0);
  });

  it("come in text messages too, and only in those", async () => {
    const accepted = Promise.withResolvers<Recorder>();
    const listener = await start({
      acceptJson: (channel) => accepted.resolve(new Recorder(channel)),
    });
    const client = new WebSocket(`ws://${listener.url.host}/`, JSON_SUBPROTOCOL);
    closing.push(() => client.terminate());
    const messages: string[] = [];
    const closedWith = new Promise<number>((resolve) => client.on("close", resolve));
    client.on("message", (data, isBinary) => messages.push(`${isBinary} ${data}`));
    client.on("open", () => client.send("one\ntwo"));
    const server = await accepted.promise;
    await server.received(8);
    expect(server.text).toBe("one two\n");
    await new Promise<void>((resolve) => {
      server.channel.write(Buffer.from("three\nfour\n"), resolve);
    });
    client.send(Buffer.of(1));
    expect(await closedWith).toBe(1003);
    expect(messages).toEqual(["false three", "false four"]);
  });

  it("are no subprotocol where nobody asked", async () => {
    const listener = await start();
    const client = new WebSocket(`ws://${listener.url.host}/`, JSON_SUBPROTOCOL);
    closing.push(() => client.terminate());
    const error = await new Promise<Error>((resolve) => client.on("error", resolve));
    expect(error.message).toContain("400");
  });
});

describe("the time a connection may take", () => {
  it("is told with the link that it becomes", async () => {
    const accepted = Promise.withResolvers<number>();
    const listener = await start({ accept: (_channel, waitedMs) => accepted.resolve(waitedMs) });
    const socket = socketTo(listener);
    const before = performance.now();
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.write(Uint8Array.of(0x89));
    const waitedMs = await accepted.promise;
    expect(waitedMs).toBeGreaterThan(0);
    expect(waitedMs).toBeLessThanOrEqual(performance.now() - before);
  });
});
