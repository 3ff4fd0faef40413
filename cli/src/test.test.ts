import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeWorkspace, nexus } from "./testing/run.ts";

/** The suite starts a router and adapters; on a busy machine that takes its time. */
const SUITE_MS = 120_000;

describe("nexus test", () => {
  it(
    "plays a case and shows languages x families",
    async () => {
      using workspace = makeWorkspace();
      const words = ["test", "node", "--case", "rpc.unary.sizes[size=1,transport=tcp]"];
      const { folder } = workspace;
      const { code, errors, out } = await nexus([...words, "--report", "report"], { folder });
      expect(errors).toMatch(/^ +node$/m);
      expect(errors).toMatch(/^rpc\.unary +1\/1$/m);
      expect(code).toBe(0);
      expect(out).toBe("");
      expect(JSON.parse(workspace.read("report/summary.json"))).toMatchObject({
        languages: { node: { executed: 1, passed: 1 } },
      });
    },
    SUITE_MS,
  );

  it(
    "ends as the suite does: 1 where a case failed, 3 where none was played",
    async () => {
      using workspace = makeWorkspace();
      const { folder } = workspace;
      const can = { level: "core", transports: ["tcp"], features: ["call.unary"] };
      const manifest = { language: "mute", run: ["node", "-e", "process.exit(7)"], can };
      writeFileSync(join(folder, "adapter.json"), JSON.stringify(manifest));
      const mute = ["test", "mute", "--adapter", "adapter.json", "--report", "report", "--case"];
      const failed = await nexus([...mute, "rpc.unary.sizes[size=1,transport=tcp]"], { folder });
      expect(failed.errors).toContain("it ended with 7");
      expect(failed.code).toBe(1);
      const nothing = await nexus([...mute, "rpc.unary.nothing", "--json"], { folder });
      expect(nothing.code).toBe(3);
      expect(JSON.parse(nothing.out)).toMatchObject({ languages: { mute: { executed: 0 } } });
    },
    SUITE_MS,
  );

  it(
    "names the languages there are where one is not there",
    async () => {
      using workspace = makeWorkspace();
      const { code, errors } = await nexus(["test", "python", "rust"], workspace);
      expect(errors).toContain("there is no adapter for rust; there is: node, python, typescript");
      expect(code).toBe(2);
    },
    SUITE_MS,
  );
});
