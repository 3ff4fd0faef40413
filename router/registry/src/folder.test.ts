import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRegistryFolder } from "./folder.ts";
import { shop, testRegistry } from "./testing/registry.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nexus-registry-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function opened() {
  const kept = await openRegistryFolder(folder);
  const registry = testRegistry({ keep: kept.keep });
  for (const version of kept.versions) registry.restore(version);
  return registry;
}

describe("the registry's folder", () => {
  it("gives back after a restart what was pushed, with verdicts and order", async () => {
    const before = await opened();
    await before.push({ subject: "shop", version: "1", set: shop("string") });
    await before.push({ subject: "shop", version: "2", set: shop("int32"), allowBreaking: true });
    const after = await opened();
    expect(after.versions.map(({ model: _, ...rest }) => rest)).toEqual(
      before.versions.map(({ model: _, ...rest }) => rest),
    );
    const again = await after.push({ subject: "shop", version: "1", set: shop("bool") });
    expect(again.kind).toBe("taken");
    await after.push({ subject: "shop", version: "3", set: shop("int32", "bool paid = 3;") });
    expect(readdirSync(folder).sort()).toEqual(["00000001.json", "00000002.json", "00000003.json"]);
  });

  it.each([
    ["cut off", (text: string) => text.slice(0, -10)],
    ["of another form", () => "{}"],
    ["with a text that its hash does not fit", (text: string) => text.replace("sku", "skv")],
  ])("does not start with a file that is %s", async (_, damage) => {
    const registry = await opened();
    await registry.push({ subject: "shop", version: "1", set: shop("string") });
    const file = join(folder, "00000001.json");
    writeFileSync(file, damage(readFileSync(file, "utf8")));
    await expect(openRegistryFolder(folder)).rejects.toThrow(/00000001\.json: .*move it away/);
  });

  it("leaves out what was not written whole", async () => {
    writeFileSync(join(folder, "00000001.json.draft"), "{");
    expect((await opened()).versions).toEqual([]);
  });
});
