import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { connect, type TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type RouterOptions, type RunningRouter, startRouter } from "./start.ts";
import { type CertificateFolder, makeCertificateFolder } from "./testing/certificates.ts";
import { RawClient } from "./testing/raw-client.ts";
import { tlsOptions } from "./tls-flags.ts";

let files: CertificateFolder;
beforeAll(async () => {
  files = await makeCertificateFolder();
});
afterAll(() => files.remove());

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const pair = (name: string) => ({
  cert: files.path(`${name}.pem`),
  key: files.path(`${name}.key`),
});

async function start(options: RouterOptions): Promise<RunningRouter> {
  const router = await startRouter({ listen: ["tcp://127.0.0.1:0"], ...options });
  closing.push(() => router.close());
  return router;
}

async function secureTo(address: string): Promise<TLSSocket> {
  const ca = await readFile(files.path("ca.pem"), "utf8");
  const socket = connect({ host: "127.0.0.1", port: Number(new URL(address).port), ca });
  closing.push(() => socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

const serialOf = (socket: TLSSocket): string => socket.getPeerCertificate().serialNumber;

describe("a router with a certificate", () => {
  test("greets over TLS, and says that it speaks nothing else", async () => {
    const router = await start({ tls: pair("router") });
    expect(router.addresses[0]).toMatch(/^tls:\/\/127\.0\.0\.1:\d+$/);
    const client = await RawClient.over(await secureTo(router.addresses[0] ?? ""));
    expect(router.stats().links).toBe(1);
    client.close();
  });

  test("greets both kinds of clients where plaintext is allowed", async () => {
    const router = await start({ tls: { ...pair("router"), allowPlaintext: true } });
    const address = router.addresses[0] ?? "";
    expect(address).toMatch(/^tcp:/);
    const plain = await RawClient.dial(address);
    const secure = await RawClient.over(await secureTo(address));
    expect(router.stats().links).toBe(2);
    plain.close();
    secure.close();
  });

  test("tells of connections that did not become links", async () => {
    const told = Promise.withResolvers<string>();
    const router = await start({
      tls: pair("router"),
      onEvent: (event) => event.kind === "connectionFailed" && told.resolve(event.message),
    });
    const port = Number(new URL(router.addresses[0] ?? "").port);
    const stranger = connect({ host: "127.0.0.1", port, ca: "", ALPNProtocols: ["h2"] });
    stranger.on("error", () => {});
    expect(await told.promise).toContain("speaks neither nexus/1 nor http/1.1");
  });

  test("renews its certificate while links go on, and keeps the old one where the new is bad", async () => {
    const tls = { cert: files.path("live.pem"), key: files.path("live.key") };
    const replace = async (name: string) => {
      await copyFile(files.path(`${name}.pem`), tls.cert);
      await copyFile(files.path(`${name}.key`), tls.key);
    };
    await replace("router");
    const router = await start({ tls });
    const address = router.addresses[0] ?? "";
    const first = await secureTo(address);
    const client = await RawClient.over(first);
    await replace("renewed");
    await router.reloadTls();
    const renewed = serialOf(await secureTo(address));
    expect(renewed).not.toBe(serialOf(first));
    await copyFile(files.path("router.key"), tls.key);
    await expect(router.reloadTls()).rejects.toThrow("is not that of the certificate");
    expect(serialOf(await secureTo(address))).toBe(renewed);
    expect(router.stats().links).toBeGreaterThan(0);
    client.close();
  });

  test("still listens on this machine alone", async () => {
    const starting = startRouter({ listen: ["tls://0.0.0.0:0"], tls: pair("router") });
    await expect(starting).rejects.toThrow("TLS does not change that");
  });

  test("needs one for an address of TLS", async () => {
    const starting = startRouter({ listen: ["tls://127.0.0.1:0"] });
    await expect(starting).rejects.toThrow("a certificate is needed");
  });
});

describe("certificate files", () => {
  const refused = async (tls: { readonly cert: string; readonly key: string }) => {
    const error: unknown = await startRouter({ listen: ["tcp://127.0.0.1:0"], tls }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return error instanceof Error ? error.message : "";
  };

  test("are refused with the file's name and what to do", async () => {
    const { cert, key } = pair("router");
    const missing = files.path("missing.pem");
    expect(await refused({ cert: missing, key })).toBe(
      `the certificate (--tls-cert) "${missing}" cannot be read (ENOENT); name a PEM file`,
    );
    expect(await refused({ cert, key: missing })).toContain(`(--tls-key) "${missing}"`);
    expect(await refused({ cert: key, key })).toContain(`"${key}" holds no certificate`);
    expect(await refused({ cert, key: cert })).toContain(`"${cert}" holds no private key`);
    expect(await refused({ cert, key: pair("renewed").key })).toContain("is not that of");
    expect(await refused(pair("expired"))).toContain("expired on ");
    expect(await refused(pair("common-name"))).toContain("has no subjectAltName");
  });

  test("never let a word of the key out", async () => {
    const secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";
    for (const label of ["PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]) {
      const key = files.path("secret.key");
      await writeFile(key, `-----BEGIN ${label}-----\n${secret}\n-----END ${label}-----\n`);
      const message = await refused({ cert: pair("router").cert, key });
      expect(message).toContain(`"${key}"`);
      expect(message).not.toContain(secret);
    }
  });
});

describe("the flags of TLS", () => {
  test("belong together", () => {
    expect(tlsOptions({})).toBeUndefined();
    expect(tlsOptions({ tlsCert: "c", tlsKey: "k" })).toEqual({ cert: "c", key: "k" });
    expect(tlsOptions({ tlsCert: "c", tlsKey: "k", allowPlaintext: true })).toEqual({
      cert: "c",
      key: "k",
      allowPlaintext: true,
    });
    expect(() => tlsOptions({ tlsCert: "c" })).toThrow("add --tls-key");
    expect(() => tlsOptions({ tlsKey: "k" })).toThrow("add --tls-cert");
    expect(() => tlsOptions({ allowPlaintext: true })).toThrow("--allow-plaintext");
  });

  test("start a process that reads its certificate anew on SIGHUP", async () => {
    const main = fileURLToPath(new URL("./main.ts", import.meta.url));
    const cert = files.path("process.pem");
    await copyFile(files.path("router.pem"), cert);
    const flags = ["--listen", "tcp://127.0.0.1:0", "--tls-cert", cert];
    const child = spawn(
      process.execPath,
      ["--conditions=@nexus-bridge/source", main, ...flags, "--tls-key", files.path("router.key")],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    closing.push(() => child.kill("SIGKILL"));
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const address = line.replace("listening ", "");
    const first = await secureTo(address);
    await copyFile(files.path("renewed.pem"), cert);
    child.kill("SIGHUP");
    const [words] = (await once(createInterface({ input: child.stderr }), "line")) as [string];
    expect(words).toContain("is not that of the certificate");
    expect(serialOf(await secureTo(address))).toBe(serialOf(first));
  });
});
