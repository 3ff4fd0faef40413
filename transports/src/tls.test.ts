import { get } from "node:https";
import { connect as connectTcp, createServer, type Socket } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  dialSecureWebSocket,
  dialTcp,
  dialTls,
  isUntrusted,
  type Listener,
  type ListenOptions,
  listen,
  type TlsCredentials,
} from "./index.ts";
import { makeCertificates } from "./testing/certificates.ts";
import { unixUrl } from "./testing/pairs.ts";
import { Recorder } from "./testing/recorder.ts";

const signal = new AbortController().signal;
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

let files: Readonly<Record<string, string>>;
let ca: string;
beforeAll(async () => {
  files = await makeCertificates();
  ca = files["ca.pem"] ?? "";
});

const held = (name: string): TlsCredentials => ({
  cert: files[`${name}.pem`] ?? "",
  key: files[`${name}.key`] ?? "",
});

async function start(options: Partial<ListenOptions> = {}): Promise<Listener> {
  const url = "tcp://127.0.0.1:0";
  const accept: ListenOptions["accept"] = (channel) => void new Recorder(channel);
  const listener = await listen({ url, accept, tls: held("router"), ...options });
  closing.push(() => listener.close());
  return listener;
}

function plainTo(listener: Listener): Socket {
  const socket = connectTcp(Number(listener.url.port), "127.0.0.1");
  closing.push(() => socket.destroy());
  return socket.on("error", () => {});
}

/** A client that verifies the certificate, and whose protocol the test speaks itself. */
async function secureTo(listener: Listener, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const port = Number(listener.url.port);
  const socket = connect({ host: "127.0.0.1", port, ca, ...options });
  closing.push(() => socket.destroy());
  await new Promise((resolve, reject) => socket.once("secureConnect", resolve).on("error", reject));
  return socket;
}

/** The bytes that came before the socket was closed. */
const untilClosed = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = "";
    socket.on("data", (bytes) => {
      text += String(bytes);
    });
    socket.once("close", () => resolve(text));
  });

const health = (listener: Listener): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const port = listener.url.port;
    get({ host: "127.0.0.1", port, path: "/healthz", ca, agent: false }, (response) => {
      response.resume().once("end", () => resolve(response.statusCode));
    }).once("error", reject);
  });

describe("a port with a certificate", () => {
  it("closes what is not TLS, without a word", async () => {
    const listener = await start();
    expect(listener.url.protocol).toBe("nexus+tls:");
    for (const first of [Uint8Array.of(0x89), "GET / HTTP/1.1\r\n\r\n", "{"]) {
      const socket = plainTo(listener);
      socket.write(first);
      expect(await untilClosed(socket)).toBe("");
    }
  });

  it("takes plain links too where it is told to", async () => {
    const accepted: Recorder[] = [];
    const listener = await start({
      allowPlaintext: true,
      accept: (channel) => void accepted.push(new Recorder(channel)),
    });
    expect(listener.url.protocol).toBe("nexus:");
    const secure = new URL(listener.url.href.replace("nexus:", "nexus+tls:"));
    const clients = [
      await dialTcp(listener.url, { signal }),
      await dialTls({ ca })(secure, { signal }),
    ];
    for (const client of clients) client.write(Uint8Array.of(0x89, 1));
    await expect.poll(() => accepted.map(({ size }) => size)).toEqual([2, 2]);
    expect(accepted.map(({ channel }) => channel.transport).sort()).toEqual(["tcp", "tls"]);
    for (const client of clients) client.destroy();
  });

  it("answers health probes over HTTPS", async () => {
    const listener = await start({ healthy: () => false });
    expect(await health(listener)).toBe(503);
  });

  it("speaks TLS 1.3 only", async () => {
    const told = Promise.withResolvers<Error>();
    const listener = await start({ failed: (_, error) => told.resolve(error) });
    await expect(secureTo(listener, { maxVersion: "TLSv1.2" })).rejects.toThrow(/version/);
    expect((await told.promise).message).toContain("does not speak TLS 1.3");
  });

  it("speaks no TLS inside TLS", async () => {
    const socket = await secureTo(await start());
    socket.write(Uint8Array.of(0x16, 3, 1));
    expect(await untilClosed(socket)).toBe("");
  });

  it.each([
    ["nexus/1", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["http/1.1", Uint8Array.of(0x89, 0x4e)],
  ])("closes a client that agreed on %s and speaks another protocol", async (protocol, bytes) => {
    const accepted: unknown[] = [];
    const listener = await start({ accept: (channel) => accepted.push(channel) });
    const socket = await secureTo(listener, { ALPNProtocols: [protocol] });
    expect(socket.alpnProtocol).toBe(protocol);
    socket.write(bytes);
    expect(await untilClosed(socket)).toBe("");
    expect(accepted).toEqual([]);
  });

  it("refuses a client that knows neither of its protocols", async () => {
    const attempt = secureTo(await start(), { ALPNProtocols: ["h2"] });
    await expect(attempt).rejects.toThrow(/no application protocol/i);
  });

  it("has one time limit over handshake and first byte", async () => {
    const listener = await start({ firstByteTimeoutMs: 60 });
    const begun = plainTo(listener);
    begun.write(Uint8Array.of(0x16, 3, 1, 2, 0));
    const silent = await secureTo(listener);
    expect(await Promise.all([untilClosed(begun), untilClosed(silent)])).toEqual(["", ""]);
  });

  it("keeps a link beyond the time that the handshake may take", async () => {
    const accepted = Promise.withResolvers<Recorder>();
    const listener = await start({
      firstByteTimeoutMs: 100,
      accept: (channel) => accepted.resolve(new Recorder(channel)),
    });
    const socket = await secureTo(listener);
    socket.write(Uint8Array.of(0x89));
    const server = await accepted.promise;
    const later = plainTo(listener);
    await untilClosed(later);
    socket.write(Uint8Array.of(1, 2));
    await server.received(3);
    expect(server.told).toEqual([]);
  });

  it("understands a handshake that comes byte by byte", async () => {
    const accepted = Promise.withResolvers<Recorder>();
    const listener = await start({ accept: (channel) => accepted.resolve(new Recorder(channel)) });
    const slow = createServer((from) => {
      const to = plainTo(listener);
      to.setNoDelay(true).on("data", (bytes) => from.write(bytes));
      from.on("error", () => {}).on("close", () => to.destroy());
      from.on("data", async (bytes: Buffer) => {
        from.pause();
        for (const byte of bytes) {
          await new Promise((resolve) => to.write(Uint8Array.of(byte), resolve));
        }
        from.resume();
      });
    }).listen(0, "127.0.0.1");
    closing.push(() => slow.close());
    await new Promise((resolve) => slow.once("listening", resolve));
    const { port } = slow.address() as { port: number };
    const client = await dialTls({ ca })(new URL(`nexus+tls://127.0.0.1:${port}`), { signal });
    client.write(Uint8Array.of(0x89, 7));
    const server = await accepted.promise;
    await server.received(2);
    expect(server.bytes).toEqual(Uint8Array.of(0x89, 7));
    client.destroy();
  });

  it("gives new links a renewed certificate and leaves the others alone", async () => {
    const accepted: Recorder[] = [];
    const listener = await start({
      accept: (channel) => void accepted.push(new Recorder(channel)),
    });
    const first = await secureTo(listener);
    first.write(Uint8Array.of(0x89));
    await expect.poll(() => accepted.length).toBe(1);
    listener.renewTls(held("renewed"));
    const second = await secureTo(listener);
    expect(second.getPeerCertificate().serialNumber).not.toBe(
      first.getPeerCertificate().serialNumber,
    );
    first.write(Uint8Array.of(1));
    await accepted[0]?.received(2);
    expect(() => listener.renewTls({ ...held("router"), key: "rubbish" })).toThrow();
    expect((await secureTo(listener)).getPeerCertificate().serialNumber).toBe(
      second.getPeerCertificate().serialNumber,
    );
  });

  it("needs one where the address asks for TLS, and a key that fits", async () => {
    const accept = () => {};
    const tls = { cert: held("router").cert, key: held("renewed").key };
    await expect(listen({ url: "tls://127.0.0.1:0", accept })).rejects.toThrow("a certificate");
    await expect(listen({ url: "tcp://127.0.0.1:0", accept, tls })).rejects.toThrow(/mismatch/);
  });

  it("leaves a Unix socket plain", async () => {
    const listener = await start({ url: unixUrl() });
    const socket = connectTcp(listener.url.pathname);
    socket.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(await untilClosed(socket)).toContain("200 OK");
  });
});

describe.each([
  ["nexus+tls", dialTls],
  ["wss", dialSecureWebSocket],
] as const)("dialling %s", (scheme, dial) => {
  const at = (listener: Listener, host = "127.0.0.1") =>
    new URL(`${scheme}://${host}:${listener.url.port}`);

  it.each([
    ["router", "other-ca.pem", "an authority that is not trusted here; name the router's CA file"],
    [
      "wrong-name",
      "ca.pem",
      "for another name than 127.0.0.1: DNS:router.example; connect to a name",
    ],
    ["expired", "ca.pem", "has expired; renew it"],
    ["future", "ca.pem", "is not valid yet; set this machine's clock"],
  ])("refuses %s with %s and says what to do", async (name, trusted, words) => {
    const listener = await start({ tls: held(name) });
    const dialling = dial({ ca: files[trusted] })(at(listener), { signal });
    await expect(dialling).rejects.toThrow(words);
    await expect(dialling).rejects.toSatisfy(isUntrusted);
    await expect(dialling).rejects.toThrow(`127.0.0.1:${listener.url.port}`);
  });

  it("does not take a common name for a name", async () => {
    const listener = await start({ tls: held("common-name") });
    const dialling = dial({ ca })(at(listener, "localhost"), { signal });
    await expect(dialling).rejects.toThrow("no alternative names");
  });

  it("verifies the name it was given in place of the host", async () => {
    const listener = await start({ tls: held("wrong-name") });
    const channel = await dial({ ca, servername: "router.example" })(at(listener), { signal });
    channel.destroy();
    const other = await start();
    const named = await dial({ ca, servername: "127.0.0.1" })(at(other, "localhost"), { signal });
    named.destroy();
  });

  it("says that a port speaks no TLS", async () => {
    const listener = await listen({ url: "tcp://127.0.0.1:0", accept: () => {} });
    closing.push(() => listener.close());
    const dialling = dial({ ca })(at(listener), { signal });
    await expect(dialling).rejects.toThrow("no TLS is spoken there");
    await expect(dialling).rejects.not.toSatisfy(isUntrusted);
  });

  it("says that nobody listens", async () => {
    const listener = await start();
    await listener.close();
    await expect(dial({ ca })(at(listener), { signal })).rejects.toThrow("is the router running");
  });

  it("names a CA file that is missing or holds none", async () => {
    const listener = await start();
    const missing = dial({ ca: "/nowhere/ca.pem" })(at(listener), { signal });
    await expect(missing).rejects.toThrow('"/nowhere/ca.pem" cannot be read (ENOENT)');
    await expect(missing).rejects.toSatisfy(isUntrusted);
    const wrong = dial({ ca: import.meta.filename.replace("tls.test", "index") });
    await expect(wrong(at(listener), { signal })).rejects.toThrow("holds no certificate");
  });

  it("stops when its signal is aborted", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    closing.push(() => silent.close());
    await new Promise((resolve) => silent.once("listening", resolve));
    const { port } = silent.address() as { port: number };
    const controller = new AbortController();
    silent.once("connection", (socket) => {
      closing.push(() => socket.destroy());
      controller.abort(new Error("too long"));
    });
    const url = new URL(`${scheme}://127.0.0.1:${port}`);
    const dialling = dial({ ca })(url, { signal: controller.signal });
    await expect(dialling).rejects.toThrow("too long");
  });
});

it("dialTls refuses addresses without TLS", async () => {
  await expect(dialTls()(new URL("nexus://127.0.0.1"), { signal })).rejects.toThrow("of tls");
});
