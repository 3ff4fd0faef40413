import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RouterProcess, runSample, startRouterProcess } from "./testing/router-process.ts";

let router: RouterProcess;
let url: string;

beforeAll(async () => {
  router = await startRouterProcess(["tcp://127.0.0.1:0"]);
  url = router.addresses[0]?.replace("tcp://", "nexus://") ?? "";
}, 30_000);
afterAll(() => router.stop());

const output: Readonly<Record<string, readonly string[]>> = {
  call: ["o-1 a", 'NOT_FOUND ""'],
  stream: ["o-1", "o-2", "o-3", "2", "HELLO"],
  publish: ["orders.eu.created o-2 c-2"],
  work: ["later p-1", "packed p-2", "packed p-1", "free docks 3 true"],
  walkthrough: ["o-1", "o-1", "o-2", "hello", "o-1"],
};

describe("the samples", () => {
  it.each(Object.keys(output).flatMap((name) => [`${name}.ts`, `${name}.js`]))(
    "%s runs against a router",
    { timeout: 30_000 },
    async (file) => {
      const ran = await runSample(file, url);
      expect(ran).toEqual({ code: 0, errors: "", lines: output[file.replace(/\..*/, "")] });
    },
  );

  it("stand in the guide as they are", async () => {
    const root = new URL("../../../", import.meta.url);
    const guide = await readFile(new URL("docs/guides/topics.md", root), "utf8");
    const sample = await readFile(new URL("sdks/node/samples/work.ts", root), "utf8");
    expect(guide).toContain(`\`\`\`ts\n${sample}\`\`\`\n`);
  });

  it("pass the strict compiler, TypeScript and JavaScript", { timeout: 60_000 }, async () => {
    const tsc = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));
    const project = fileURLToPath(new URL("../samples", import.meta.url));
    const child = spawn(process.execPath, [tsc, "--project", project], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
  });
});
