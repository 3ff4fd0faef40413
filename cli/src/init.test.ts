import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { starterLanguages } from "./init/project-files.ts";
import { makeWorkspace, nexus, type Running, startNexus } from "./testing/run.ts";
import { languageStates } from "./toolchain.ts";

const states = await languageStates();
const usable = states.filter((state) => state.isUsable).map((state) => state.name);
for (const { name, isUsable } of states) {
  if (!isUsable) console.log(`left out: nexus init for ${name}: its tools are not installed`);
}

/** How the printed commands start a program of a language, without npm in between. */
function commandOf(language: string, program: string): [string, ...string[]] {
  const sources = "--conditions=@nexus-bridge/source";
  switch (language) {
    case "python":
      return [".venv/bin/python", `python/${program}.py`];
    case "typescript":
      return [process.execPath, sources, `typescript/${program}.ts`];
    default:
      return [process.execPath, sources, `node/${program}.js`];
  }
}

function start(folder: string, language: string, program: string, url: string) {
  const [command, ...rest] = commandOf(language, program);
  return spawn(command, rest, {
    cwd: folder,
    env: { ...process.env, NEXUS_URL: url, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function stopRouter(router: Running): Promise<void> {
  router.child.kill("SIGTERM");
  await router.ended;
}

describe("nexus init", () => {
  it("leaves a project whose programs run at once, each language called by the next one", async () => {
    using workspace = makeWorkspace();
    const { folder } = workspace;
    const made = await nexus(["init"], { folder });
    expect(made).toMatchObject({ code: 0, errors: "" });
    expect(made.out).toContain("next:");
    expect(made.out).toContain("nothing needs to be installed");
    expect(await nexus(["generate", "--check"], { folder })).toMatchObject({ code: 0 });

    const types = spawn(process.execPath, ["node_modules/typescript/bin/tsc"], { cwd: folder });
    expect(await text(types.stdout)).toBe("");
    expect(types.exitCode ?? (await once(types, "close"))[0]).toBe(0);

    const router = startNexus(["start", "--listen", "tcp://127.0.0.1:0"], { folder });
    const url = (await router.line("listening")).replace("listening tcp:", "nexus:");
    try {
      for (const [index, provided] of usable.entries()) {
        const provider = start(folder, provided, "provider", url);
        const [ready] = await once(provider.stdout, "data");
        expect(String(ready)).toContain("is ready");
        const called = usable[(index + 1) % usable.length] ?? provided;
        const caller = start(folder, called, "caller", url);
        const out = await text(caller.stdout);
        expect(out.toLowerCase()).toContain(`hello, ada, from ${provided}`);
        expect(out).toMatch(/3\n2\n1\n$/);
        provider.kill("SIGTERM");
        await once(provider, "close");
      }
    } finally {
      await stopRouter(router);
    }
  }, 120_000);

  it("overwrites nothing: lists the conflicts and exits 1", async () => {
    using workspace = makeWorkspace({ "node/caller.js": "mine", "package.json": "{}" });
    const { folder } = workspace;
    const refused = await nexus(["init", "--lang", "node"], { folder });
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.errors).toContain("  node/caller.js\n  package.json\n");
    expect(workspace.read("node/caller.js")).toBe("mine");
    expect(existsSync(join(folder, "schema"))).toBe(false);
  });

  it("writes into a named folder, and refuses languages it has no programs for", async () => {
    using workspace = makeWorkspace();
    const { folder } = workspace;
    const made = await nexus(["init", "shop", "--lang", "node", "--json"], { folder });
    const result = JSON.parse(made.out);
    expect(result).toMatchObject({ folder: join(folder, "shop"), languages: ["node"] });
    expect(result.next[0]).toBe("cd shop");
    expect(existsSync(join(folder, "shop/typescript"))).toBe(false);
    const wrong = await nexus(["init", "other", "--lang", "nod"], { folder });
    expect(wrong).toMatchObject({ code: 2, out: "" });
    expect(wrong.errors).toContain('did you mean "node"?');
  });

  it("has programs for every language of nexus generate", () => {
    expect(
      states.map((state) => state.name).filter((name) => !starterLanguages.includes(name)),
    ).toEqual([]);
  });
});
