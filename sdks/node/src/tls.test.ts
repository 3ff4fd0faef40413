import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { OrderService } from "../samples/gen/orders/v1/index.js";
import { type ConnectOptions, connect } from "./index.ts";
import { type CertificateFolder, makeCertificateFolder } from "./testing/certificates.ts";
import { type RouterProcess, startRouterProcess } from "./testing/router-process.ts";
import { used } from "./testing/used.ts";

let files: CertificateFolder;
let router: RouterProcess;
let host: string;

beforeAll(async () => {
  files = await makeCertificateFolder();
  router = await startTlsRouter("router");
  host = (router.addresses[0] ?? "").replace("tls://", "");
}, 30_000);
afterAll(async () => {
  await router.stop();
  await files.remove();
});

const startTlsRouter = (name: string, listen = "tcp://127.0.0.1:0"): Promise<RouterProcess> =>
  startRouterProcess(
    [listen],
    ["--tls-cert", files.path(`${name}.pem`), "--tls-key", files.path(`${name}.key`)],
  );

const trusting = (name = "ca.pem"): ConnectOptions => ({ tls: { ca: files.path(name) } });

describe.each(["nexus+tls", "wss"])("connect over %s", (scheme) => {
  it("calls, streams and publishes", async () => {
    await used(await connect(`${scheme}://${host}`, trusting()));
  });

  it("trusts what NEXUS_CA names", async () => {
    vi.stubEnv("NEXUS_CA", files.path("ca.pem"));
    try {
      await using link = await connect(`${scheme}://${host}`);
      expect(link.session).toBeDefined();
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("fails at once, and says what to do, where the certificate is not trusted", async () => {
    const connecting = connect(`${scheme}://${host}`, trusting("other-ca.pem"));
    await expect(connecting).rejects.toMatchObject({
      code: "FAILED_PRECONDITION",
      message: expect.stringContaining("name the router's CA file as tls.ca or NEXUS_CA"),
    });
    const system = connect(`${scheme}://${host}`);
    await expect(system).rejects.toThrow("an authority that is not trusted here");
  });

  it("verifies the name always", async () => {
    const servername = "router.example";
    const options = { tls: { ca: files.path("ca.pem"), servername } };
    const connecting = connect(`${scheme}://${host}`, options);
    await expect(connecting).rejects.toThrow("another name than router.example: DNS:localhost");
  });

  it("says that a router has no TLS", async () => {
    const plain = await startRouterProcess(["tcp://127.0.0.1:0"]);
    const url = `${scheme}://${plain.addresses[0]?.replace("tcp://", "")}`;
    const connecting = connect(url, { ...trusting(), connectTimeoutMs: 300 });
    await expect(connecting).rejects.toThrow("no TLS is spoken there");
    await plain.stop();
  });
});

describe("TLS", () => {
  it("is not pretended: the option and an address without TLS do not go together", async () => {
    const connecting = connect("nexus://127.0.0.1", trusting());
    await expect(connecting).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  it("is what an address without it is told to say", async () => {
    const connecting = connect(`nexus://${host}`, { connectTimeoutMs: 300 });
    await expect(connecting).rejects.toThrow("write nexus+tls://");
  });

  it("names a CA file that is not there at once", async () => {
    const connecting = connect(`nexus+tls://${host}`, { tls: { ca: "/nowhere.pem" } });
    await expect(connecting).rejects.toThrow('"/nowhere.pem" cannot be read (ENOENT)');
  });

  it("comes back after a router that had a wrong certificate for a while", {
    timeout: 30_000,
  }, async () => {
    const first = await startTlsRouter("router");
    const [address = ""] = first.addresses;
    const lost: string[] = [];
    const untrusted = Promise.withResolvers<void>();
    const link = await connect(address.replace("tls:", "nexus+tls:"), {
      ...trusting(),
      onDiagnostic: (diagnostic) => {
        if (diagnostic.kind !== "disconnected") return;
        lost.push(diagnostic.cause.code);
        if (diagnostic.cause.message.includes("for another name")) untrusted.resolve();
      },
    });
    await link.serve(OrderService, { getOrder: ({ id }) => ({ id }) });
    await first.stop();
    const second = await startTlsRouter("wrong-name", address);
    await untrusted.promise;
    await second.stop();
    const third = await startTlsRouter("renewed", address);
    const answer = await link.client(OrderService).getOrder({ id: "o-1" }, { timeoutMs: 20_000 });
    expect(answer.id).toBe("o-1");
    expect(new Set(lost)).toEqual(new Set(["UNAVAILABLE"]));
    await link.close();
    await third.stop();
  });
});
