import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeWorkspace } from "../testing/run.ts";
import { linkNodePackages } from "./checkout.ts";

function checkoutFiles(): Record<string, string> {
  return {
    "checkout/.toolchain/bin/node": "the pinned Node",
    "checkout/node_modules/typescript/package.json": "{}",
    "checkout/node_modules/@types/node/package.json": "{}",
  };
}

describe("linkNodePackages", () => {
  it("lets the project's scripts run on the checkout's Node, whatever the user's is", () => {
    using workspace = makeWorkspace(checkoutFiles());
    const folder = realpathSync(workspace.folder);
    const pinned = join(folder, "checkout/.toolchain/bin/node");
    linkNodePackages(join(folder, "shop"), join(folder, "checkout"), pinned);
    expect(realpathSync(join(folder, "shop/node_modules/.bin/node"))).toBe(pinned);
  });

  it("leaves a Node of the user's to the user", () => {
    using workspace = makeWorkspace(checkoutFiles());
    const { folder } = workspace;
    linkNodePackages(join(folder, "shop"), join(folder, "checkout"), process.execPath);
    expect(existsSync(join(folder, "shop/node_modules/.bin/node"))).toBe(false);
    expect(readlinkSync(join(folder, "shop/node_modules/.bin/nexus"))).toContain("nexus.js");
  });
});

describe("bin/nexus.js", () => {
  it("hands over to the bootstrap under a Node that cannot run the sources", () => {
    using workspace = makeWorkspace({
      "cli/src/main.ts": "",
      "tools/bootstrap.mjs": "console.log(process.argv.slice(2).join(' '));",
      "old.mjs":
        "import m from 'node:module'; m.registerHooks = undefined; m.syncBuiltinESMExports();",
    });
    const bin = readFileSync(new URL("../../bin/nexus.js", import.meta.url), "utf8");
    workspace.write("cli/bin/nexus.js", bin);
    workspace.write("cli/package.json", '{ "type": "module" }');
    const commandLine = ["--import", "./old.mjs", "cli/bin/nexus.js", "call", "A/b"];
    const out = execFileSync(process.execPath, commandLine, {
      cwd: workspace.folder,
      encoding: "utf8",
    });
    expect(out).toBe("nexus call A/b\n");
  });
});
