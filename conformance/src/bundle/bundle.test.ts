import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../runner/checkout.ts";
import { loadTemplates } from "../runner/load.ts";
import { writeBundle } from "./build.ts";

const BUILD_MS = 120_000;
const folder = mkdtempSync(join(tmpdir(), "nexus-bundle-"));
const file = join(folder, "nexus-conformance.mjs");
const node = join(root, "conformance/adapters/node/adapter.json");

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

const suite = (...words: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [file, ...words],
      { cwd: folder },
      (_error, out, errors) => resolve({ code: child.exitCode, out, errors }),
    );
  });

beforeAll(() => writeBundle(file), BUILD_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the bundled suite, in a folder of its own", () => {
  const played = "rpc.unary.sizes[size=1,transport=tcp]";

  it(
    "plays a case with an adapter that is named",
    async () => {
      const { code, out, errors } = await suite("--adapter", node, "--case", played, "--json");
      expect(errors).toContain("node");
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({
        languages: { node: { executed: 1, passed: 1, failed: 0 } },
      });
      const summary = readFileSync(join(folder, "nexus-conformance-report/summary.json"), "utf8");
      expect(JSON.parse(summary)).toEqual(JSON.parse(out));
      expect(existsSync(join(folder, "nexus-conformance-report/index.html"))).toBe(true);
    },
    BUILD_MS,
  );

  it("fails a foreign adapter that says nothing right, where its manifest lies", async () => {
    writeFileSync(join(folder, "mute.mjs"), "process.stdin.resume();process.exit(7);\n");
    const can = { level: "core", transports: ["tcp"], features: ["call.unary"] };
    const manifest = { language: "mute", run: ["node", "mute.mjs"], can };
    writeFileSync(join(folder, "adapter.json"), JSON.stringify(manifest));
    const { code, errors } = await suite("--adapter", "adapter.json", "--case", played);
    expect(errors).toContain("it ended with 7");
    expect(errors).toMatch(/^rpc\.unary +(?:\. +)?0\/1 FAILED$/m);
    expect(code).toBe(1);
  });

  it("carries every template of the checkout", async () => {
    const { code, errors } = await suite("--list");
    const listed = loadTemplates().map(({ id, clauses }) => `${id} ${clauses.join(" ")}`);
    expect(errors.trimEnd().split("\n")).toEqual(listed);
    expect(code).toBe(0);
  });

  it("refuses what it cannot do, and says what it can", async () => {
    const unknown = await suite("--lang", "rust");
    expect(unknown.errors).toContain("there is no adapter for rust; there is: router");
    expect(unknown.code).toBe(2);
    const lock = await suite("--lock", "--case", played);
    expect(lock.errors).toContain("--lock writes into a checkout");
    expect(lock.code).toBe(2);
    writeFileSync(join(folder, "bad.json"), JSON.stringify({ language: "mute", run: ["mute"] }));
    const bad = await suite("--adapter", "bad.json");
    expect(bad.errors).toContain('say what it can do under "can"');
    expect(bad.code).toBe(2);
  });
});
