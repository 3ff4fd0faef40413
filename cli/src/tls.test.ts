/** `nexus start` with a certificate, and a command that reaches it by the address that it printed. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeWorkspace, nexus, startNexus } from "./testing/run.ts";

const helper = fileURLToPath(
  new URL("../../transports/src/testing/certificates.ts", import.meta.url),
);
const workspace = makeWorkspace();
const { folder } = workspace;
beforeAll(() => promisify(execFile)(process.execPath, [helper, folder]));
afterAll(() => workspace[Symbol.dispose]());

it("publishes over TLS to who is trusted, and to nobody else", async () => {
  const flags = ["--tls-cert", "router.pem", "--tls-key", "router.key"];
  const running = startNexus(["start", "--listen", "tcp://127.0.0.1:0", ...flags], { folder });
  const url = (await running.line("listening ")).replace("listening ", "");
  expect(url).toMatch(/^tls:/);
  const publish = ["publish", "plant.level", '{"level": 3}', "--url", url];
  const trusting = (file: string) => ({ NEXUS_CA: join(folder, file) });
  const known = await nexus(publish, { folder, environment: trusting("ca.pem") });
  expect(known).toMatchObject({ code: 0, errors: "" });
  const unknown = await nexus(publish, { folder, environment: trusting("other-ca.pem") });
  expect(unknown.code).toBe(1);
  expect(unknown.errors).toContain("name the router's CA file as tls.ca or NEXUS_CA");
  running.child.kill("SIGTERM");
  expect((await running.ended).code).toBe(0);
});
